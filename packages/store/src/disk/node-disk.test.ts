import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { nodeDisk } from './node-disk.ts'

const directory = mkdtempSync(join(tmpdir(), 'node-disk-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('nodeDisk', () => {
  it('writes buffers one after another at a position, more than one call of the system takes, and reads them', async () => {
    const path = join(directory, 'many')
    const file = await nodeDisk.open(path, 'create')
    const buffers = Array.from({ length: 3000 }, (_, i) => Buffer.alloc(i % 7, i))
    await file.write(buffers, 10)
    file.writeSync([Buffer.from('0123'), Buffer.from('456789')], 0)
    await file.datasync()
    file.datasyncSync()
    const expected = Buffer.concat([Buffer.from('0123456789'), ...buffers])
    const target = Buffer.alloc(expected.length + 5)
    expect(await file.size()).toBe(expected.length)
    expect(await file.read(target, 0)).toBe(expected.length)
    expect(target.subarray(0, expected.length)).toEqual(expected)
    await file.truncate(4)
    expect(await file.read(target, 2)).toBe(2)
    await file.close()
  })

  it('makes, lists, renames and removes', async () => {
    const folder = join(directory, 'a', 'b')
    expect(await nodeDisk.list(folder)).toEqual([])
    await nodeDisk.makeDirectory(folder)
    await (await nodeDisk.open(join(folder, 'x'), 'create')).close()
    await nodeDisk.rename(join(folder, 'x'), join(folder, 'y'))
    await nodeDisk.syncDirectory(folder)
    expect(await nodeDisk.list(folder)).toEqual(['y'])
    await nodeDisk.unlink(join(folder, 'y'))
    await expect(nodeDisk.open(join(folder, 'y'), 'write')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(nodeDisk.syncDirectory(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
