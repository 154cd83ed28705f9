import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CommandArguments } from '../commands/command-arguments.ts'
import type { FsyncPolicy } from './journal.ts'
import { encodeCommand, ManualScheduler, openJournal, readAll } from './journal-fixture.ts'

const mountPoint = mkdtempSync(join(tmpdir(), 'journal-full-'))
const isMounted = mountSmallDisk()

function mountSmallDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', mountPoint], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function fillUp(path: string): void {
  for (;;) {
    try {
      appendFileSync(path, Buffer.alloc(4096))
    } catch {
      return
    }
  }
}

afterAll(() => {
  // Lazily: a file that a failed test left open must not keep it.
  if (isMounted) execFileSync('umount', ['-l', mountPoint])
  rmSync(mountPoint, { recursive: true })
})

const title = isMounted ? 'Journal on a full disk' : 'Journal on a full disk (skipped: a tmpfs can not be mounted here)'

describe.skipIf(!isMounted)(title, () => {
  it.each<FsyncPolicy>(['always', 'everysec', 'no'])('under %s keeps all in memory, and heals', async (fsync) => {
    const directory = join(mountPoint, fsync)
    const ballast = join(mountPoint, 'ballast')
    writeFileSync(ballast, Buffer.alloc(160 * 1024))
    const scheduler = new ManualScheduler()
    const journal = await openJournal({ directory, fsync, scheduler, segmentBytes: 16 * 1024 })
    const stream: Buffer[] = []
    let failures = 0
    journal.on('error', () => failures++)
    for (let i = 0; i < 1000 && journal.failure === null; i++) {
      const parts = ['SET', `key:${i}`, Buffer.alloc(1000, i)] as const
      stream.push(encodeCommand(...parts))
      journal.append(CommandArguments.of(...parts))
      // No more than a little is left over, so that it fits once there is room.
      while (journal.writtenOffset < journal.endOffset && journal.failure === null) await nextTurn()
    }
    expect(journal.failure).toMatchObject({ code: 'JOURNAL_WRITE', systemCode: 'ENOSPC' })
    expect(failures).toBe(1)
    expect(journal.writtenOffset).toBeLessThan(journal.endOffset)
    // A retry that fails as well is no news. (The system counts a tmpfs's pages a little late: take the last ones.)
    fillUp(ballast)
    scheduler.fire()
    while (scheduler.waiting === 0 && journal.failure !== null) await nextTurn()
    expect([failures, journal.failure !== null]).toEqual([1, true])
    expect(await readAll(journal, 0)).toEqual(Buffer.concat(stream).subarray(0, journal.readableOffset))

    rmSync(ballast)
    const healed = once(journal, 'healed')
    scheduler.fire()
    await healed
    await journal.whenDurable(journal.endOffset)
    expect(journal.failure).toBeNull()
    await journal.close()
    const again = await openJournal({ directory, fsync, scheduler })
    expect(again.recoveryCut).toBeNull()
    expect(await readAll(again, 0)).toEqual(Buffer.concat(stream))
    await again.close()
    rmSync(directory, { recursive: true })
  })
})
