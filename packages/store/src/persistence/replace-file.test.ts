import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../disk/node-disk.ts'
import { SimulatedDisk } from '../disk/simulated-disk.ts'
import { readSmallFile, replaceFile } from './replace-file.ts'

const PATH = '/data/a'
const OLD = Buffer.alloc(2000, 'old')
const NEW = Buffer.alloc(3000, 'new')

describe('replaceFile', () => {
  it('makes and replaces a file, and leaves nothing else', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'replace-file-'))
    try {
      const path = join(directory, 'a')
      await replaceFile(nodeDisk, path, Buffer.from('one'))
      await replaceFile(nodeDisk, path, Buffer.from('second'))
      expect(await readFile(path, 'utf8')).toBe('second')
      expect(await readdir(directory)).toEqual(['a'])
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('leaves the old content when the disk is full, and goes on when it is not', async () => {
    const disk = new SimulatedDisk()
    await replaceFile(disk.mount(), PATH, OLD)
    disk.capacity = OLD.length + 100
    await expect(replaceFile(disk.mount(), PATH, NEW)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(disk.bytesOf(PATH).equals(OLD)).toBe(true)
    expect(disk.list('/data')).toEqual(['a'])
    disk.capacity = Number.POSITIVE_INFINITY
    await replaceFile(disk.mount(), PATH, NEW)
    expect(disk.bytesOf(PATH).equals(NEW)).toBe(true)
  })

  it('leaves the old content or the new one wherever the power fails, and the new one once it has settled', async () => {
    const random = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
    await fc.assert(
      fc.asyncProperty(random, fc.nat(12), async (numbers, operations) => {
        let left = Number.POSITIVE_INFINITY
        const disk: SimulatedDisk = new SimulatedDisk(
          () => numbers.next().value,
          async () => {
            if (left-- === 0) disk.losePower()
          },
        )
        await replaceFile(disk.mount(), PATH, OLD)
        left = operations
        // What a dead process waits for never comes.
        const isReplaced = await Promise.race([
          replaceFile(disk.mount(), PATH, NEW).then(() => true),
          new Promise<boolean>((resolve) => setImmediate(resolve, false)),
        ])
        if (isReplaced) disk.losePower()
        const content = disk.bytesOf(PATH)
        expect(content.equals(NEW) || (content.equals(OLD) && !isReplaced)).toBe(true)
      }),
    )
  })
})

describe('readSmallFile', () => {
  it('reads a file, says when there is none, refuses a long one', async () => {
    const disk = new SimulatedDisk()
    expect(await readSmallFile(disk.mount(), PATH, 10)).toBeNull()
    disk.place(PATH, Buffer.from('12345'))
    expect((await readSmallFile(disk.mount(), PATH, 5))?.toString()).toBe('12345')
    await expect(readSmallFile(disk.mount(), PATH, 4)).rejects.toThrow(RangeError)
  })
})
