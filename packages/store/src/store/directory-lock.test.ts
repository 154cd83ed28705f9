import { spawnSync } from 'node:child_process'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockDirectory } from './directory-lock.ts'

describe('directory lock', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'repl-lock-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('keeps a second store out, and lets it in once the first has let go', async () => {
    const lock = await lockDirectory(directory)
    await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    await lock[Symbol.asyncDispose]()
    const again = await lockDirectory(directory)
    await again[Symbol.asyncDispose]()
    await expect(access(join(directory, 'lock'))).rejects.toThrow()
  })

  it('respects a living process and takes over from a dead one', async () => {
    await writeFile(join(directory, 'lock'), `${process.ppid}\n`)
    await expect(lockDirectory(directory)).rejects.toThrow(`process ${process.ppid}`)
    const { pid } = spawnSync(process.execPath, ['--version'])
    await writeFile(join(directory, 'lock'), `${pid}\n`)
    const lock = await lockDirectory(directory)
    await lock[Symbol.asyncDispose]()
  })
})
