import { once } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandArguments } from '../commands/command-arguments.ts'
import { SimulatedDisk } from '../disk/simulated-disk.ts'
import { type Journal, READER_HOLD_BYTES } from './journal.ts'
import {
  JournalClosedError,
  JournalDamagedError,
  JournalForeignSegmentError,
  JournalRangeError,
  JournalWriteError,
} from './journal-errors.ts'
import {
  encodeCommand,
  ManualScheduler,
  OTHER_REPLICATION_ID,
  openJournal,
  readAll,
  whenWritten,
} from './journal-fixture.ts'

const DIRECTORY = '/journal'

function appendCommands(journal: Journal, count: number, size = 100): Buffer {
  const all: Buffer[] = []
  for (let i = 0; i < count; i++) {
    const parts = ['SET', `key:${journal.endOffset}`, Buffer.alloc(size, i)] as const
    all.push(encodeCommand(...parts))
    journal.append(CommandArguments.of(...parts))
  }
  return Buffer.concat(all)
}

async function setUp(options: Partial<Parameters<typeof openJournal>[0]> = {}) {
  const simulated = new SimulatedDisk()
  const scheduler = new ManualScheduler()
  const disk = simulated.mount()
  const journal = await openJournal({ directory: DIRECTORY, disk, scheduler, ...options })
  const reopen = (changes: Partial<Parameters<typeof openJournal>[0]> = {}) =>
    openJournal({ directory: DIRECTORY, disk, scheduler: new ManualScheduler(), ...options, ...changes })
  return { journal, simulated, scheduler, reopen }
}

describe('Journal in memory', () => {
  it('answers what was appended, by append or encoded, from any offset', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(1500), fc.boolean()), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 2000 }),
        async (sizes, part, limit) => {
          const journal = await openJournal({ directory: null, memoryBytes: 1 << 20, startOffset: 1000 })
          const pieces = sizes.map(([size, isEncoded]) => {
            const parts = ['SET', 'key', Buffer.alloc(size, 1)] as const
            const bytes = encodeCommand(...parts)
            if (isEncoded) journal.appendEncoded(bytes, 0, bytes.length)
            else journal.append(CommandArguments.of(...parts))
            return bytes
          })
          const stream = Buffer.concat(pieces)
          expect([journal.firstOffset, journal.endOffset, journal.readableOffset]).toEqual([
            1000,
            1000 + stream.length,
            1000 + stream.length,
          ])
          const from = Math.floor(stream.length * part)
          expect(await readAll(journal, 1000 + from, limit)).toEqual(stream.subarray(from))
          await journal.close()
        },
      ),
      { numRuns: 50 },
    )
  })

  it('forgets what is older than memoryBytes, tells of new bytes once a turn, and knows its range', async () => {
    const journal = await openJournal({ directory: null })
    let readable = 0
    journal.on('readable', () => readable++)
    appendCommands(journal, 50)
    await once(journal, 'readable')
    expect(readable).toBe(1)
    expect(journal.firstOffset).toBeGreaterThan(0)
    expect(journal.endOffset - journal.firstOffset).toBeGreaterThanOrEqual(1024)
    expect(journal.endOffset - journal.firstOffset).toBeLessThan(3072)
    expect(() => journal.reader(journal.firstOffset - 1)).toThrow(JournalRangeError)
    expect(() => journal.reader(journal.endOffset + 1)).toThrow(JournalRangeError)
    await journal.whenDurable(journal.endOffset)
    await journal.close()
    expect(() => appendCommands(journal, 1)).toThrow(JournalClosedError)
  })

  it('keeps what an open reader needs, up to a limit', async () => {
    const journal = await openJournal({ directory: null })
    const reader = journal.reader(0)
    const big = encodeCommand('SET', 'key', Buffer.alloc(READER_HOLD_BYTES / 4))
    appendCommands(journal, 50)
    expect(journal.firstOffset).toBe(0)
    for (let i = 0; i < 5; i++) journal.appendEncoded(big, 0, big.length)
    expect(journal.firstOffset).toBeGreaterThan(0)
    await expect(reader.next(100)).rejects.toThrow(JournalRangeError)
    reader.close()
    await journal.close()
  })
})

describe('Journal on disk', () => {
  it('writes one batch for all that was appended while the last one was on its way', async () => {
    const { journal, simulated } = await setUp({ fsync: 'always' })
    const before = simulated.counts.get('write') ?? 0
    for (let i = 0; i < 5; i++) appendCommands(journal, 1, 10)
    await journal.whenDurable(journal.endOffset)
    expect(simulated.counts.get('write')).toBe(before + 1)
    expect(simulated.counts.get('datasync')).toBe(1)
    await journal.close()
  })

  it('lets readers have under always what is durable, otherwise what is written', async () => {
    const { journal, simulated, scheduler } = await setUp({ fsync: 'always' })
    simulated.fault = (operation) => (operation === 'datasync' ? 'EIO' : null)
    appendCommands(journal, 1)
    await once(journal, 'error')
    expect(journal.failure).toMatchObject({ code: 'JOURNAL_WRITE', systemCode: 'EIO' })
    expect(journal.readableOffset).toBe(0)
    expect(journal.reader(0).next(10)).toBeNull()
    simulated.fault = null
    const healed = once(journal, 'healed')
    scheduler.fire()
    await healed
    expect(journal.readableOffset).toBe(journal.endOffset)

    journal.fsync = 'no'
    const synced = simulated.counts.get('datasync')
    appendCommands(journal, 1)
    await once(journal, 'readable')
    expect(journal.durableOffset).toBeLessThan(journal.readableOffset)
    expect(simulated.counts.get('datasync')).toBe(synced)
    await journal.close()
  })

  it('syncs once a second under everysec, and at once for whoever waits', async () => {
    const { journal, scheduler } = await setUp({ fsync: 'everysec' })
    appendCommands(journal, 1)
    await whenWritten(journal)
    expect(journal.durableOffset).toBe(0)
    expect(scheduler.waiting).toBe(1)
    const durable = once(journal, 'durable')
    scheduler.fire()
    await durable
    expect(journal.durableOffset).toBe(journal.endOffset)
    appendCommands(journal, 1)
    await journal.whenDurable(journal.endOffset)
    await journal.close()
    await expect(journal.whenDurable(journal.endOffset + 1)).rejects.toThrow(JournalRangeError)
  })

  it('calls durable what was written when the sync began, not what was written while it went on', async () => {
    const { journal, simulated, scheduler } = await setUp({ fsync: 'everysec' })
    appendCommands(journal, 1)
    await journal.whenDurable(journal.endOffset)
    appendCommands(journal, 1)
    await whenWritten(journal)
    const written = journal.endOffset
    const durable = once(journal, 'durable')
    let isHeld = true
    simulated.holdsSync = () => isHeld
    scheduler.fire()
    appendCommands(journal, 1)
    await whenWritten(journal)
    isHeld = false
    await durable
    expect(journal.durableOffset).toBe(written)
    await journal.close()
  })

  it('reads from disk what memory has forgotten, across files, and goes on in memory', async () => {
    const { journal, reopen } = await setUp()
    const reader = journal.reader(0)
    let stream = Buffer.alloc(0)
    for (let i = 0; i < 20; i++) {
      stream = Buffer.concat([stream, appendCommands(journal, 5)])
      await whenWritten(journal)
    }
    let read = Buffer.alloc(0)
    for (let piece = await reader.next(333); piece !== null; piece = await reader.next(333))
      read = Buffer.concat([read, piece])
    expect(read).toEqual(stream)
    const more = appendCommands(journal, 3)
    await whenWritten(journal)
    expect(reader.next(10_000)).toEqual(more)
    reader.close()
    expect(() => reader.next(1)).toThrow(JournalClosedError)
    await journal.close()

    const again = await reopen()
    expect(again.recoveryCut).toBeNull()
    expect(await readAll(again, 0)).toEqual(Buffer.concat([stream, more]))
    await again.close()
  })

  it('takes a command longer than a segment', async () => {
    const { journal, reopen } = await setUp({ fsync: 'always' })
    const stream = appendCommands(journal, 3, 3 * 1024 * 1024)
    await journal.whenDurable(journal.endOffset)
    appendCommands(journal, 30)
    await journal.close()
    const again = await reopen()
    expect((await readAll(again, 0, 1 << 20)).subarray(0, stream.length).equals(stream)).toBe(true)
    await again.close()
  })

  it('trims whole files, but not what readers or partial resynchronisations need', async () => {
    const { journal, simulated, reopen } = await setUp({ retainBytes: 3000 })
    for (let i = 0; i < 40; i++) {
      appendCommands(journal, 5)
      await whenWritten(journal)
    }
    await journal.whenDurable(journal.endOffset)
    const files = () => simulated.list(DIRECTORY).length
    const all = files()
    const reader = journal.reader(5000)
    await journal.trimBefore(journal.endOffset)
    expect(journal.firstOffset).toBeLessThanOrEqual(5000)
    expect(journal.firstOffset).toBeGreaterThan(0)
    expect(files()).toBeLessThan(all)
    expect(((await reader.next(100)) as Buffer).length).toBe(100)
    reader.close()
    await journal.trimBefore(journal.endOffset)
    expect(journal.endOffset - journal.firstOffset).toBeGreaterThanOrEqual(3000)
    expect(journal.endOffset - journal.firstOffset).toBeLessThan(3000 + 2 * 2048)
    const { firstOffset, endOffset } = journal
    await journal.close()
    const again = await reopen({ startOffset: endOffset })
    expect([again.firstOffset, again.endOffset]).toEqual([firstOffset, endOffset])
    await again.close()
  })

  it('starts at the snapshot where the files end before it, and refuses a gap between them', async () => {
    const { journal, reopen } = await setUp({ startOffset: 100 })
    appendCommands(journal, 5)
    const end = journal.endOffset
    await journal.close()
    await expect(reopen({ startOffset: 50 })).rejects.toMatchObject({ code: 'JOURNAL_GAP', offset: 50 })
    const again = await reopen({ startOffset: end + 1000 })
    expect([again.firstOffset, again.endOffset]).toEqual([end + 1000, end + 1000])
    await again.close()
  })

  it.each([
    ['lost', (disk: SimulatedDisk, path: string) => disk.mount().unlinkSync(path)],
    ['not whole', (disk: SimulatedDisk, path: string) => void disk.bytesOf(path).fill(0, 300, 400)],
  ])('keeps of the files before the snapshot those behind one that is %s', async (_, spoil) => {
    const { journal, simulated, reopen } = await setUp()
    // Nothing is synced, so that nothing bears witness.
    simulated.holdsSync = () => true
    let stream = Buffer.alloc(0)
    for (let i = 0; i < 20; i++) {
      stream = Buffer.concat([stream, appendCommands(journal, 5)])
      await whenWritten(journal)
    }
    const names = simulated.list(DIRECTORY)
    expect(names.length).toBeGreaterThan(4)
    spoil(simulated, `${DIRECTORY}/${names[1]}`)
    simulated.kill()
    simulated.holdsSync = null
    const again = await reopen({ disk: simulated.mount(), startOffset: stream.length })
    expect([again.firstOffset, again.endOffset]).toEqual([Number(names[2]!.slice(0, 20)), stream.length])
    expect(await readAll(again, again.firstOffset)).toEqual(stream.subarray(again.firstOffset))
    await again.close()
    expect(simulated.list(DIRECTORY)).not.toContain(names[0])
  })

  it('does not offer again what a reader has found to be damaged', async () => {
    const { journal, simulated, reopen } = await setUp()
    for (let i = 0; i < 20; i++) {
      appendCommands(journal, 5)
      await whenWritten(journal)
    }
    await journal.close()
    const [first, second] = simulated.list(DIRECTORY)
    simulated.bytesOf(`${DIRECTORY}/${first}`)[300]! ^= 1
    const again = await reopen({ startOffset: journal.endOffset })
    expect(again.firstOffset).toBe(0)
    await expect(readAll(again, 0)).rejects.toThrow(JournalDamagedError)
    expect(again.firstOffset).toBe(Number(second!.slice(0, 20)))
    expect(() => again.reader(0)).toThrow(JournalRangeError)
    expect((await readAll(again, again.firstOffset)).length).toBe(journal.endOffset - again.firstOffset)
    await again.close()
  })

  it('refuses files of another history, or removes them where it is told to', async () => {
    const { journal, reopen, simulated } = await setUp()
    appendCommands(journal, 30)
    await journal.close()
    const files = simulated.list(DIRECTORY)
    await expect(reopen({ replicationId: OTHER_REPLICATION_ID })).rejects.toThrow(JournalForeignSegmentError)
    expect(simulated.list(DIRECTORY)).toEqual(files)
    const other = await reopen({ replicationId: OTHER_REPLICATION_ID, foreignSegments: 'remove', startOffset: 77 })
    expect([other.firstOffset, other.endOffset]).toEqual([77, 77])
    await other.close()
    await expect(reopen({ replicationId: 'short' })).rejects.toThrow(TypeError)
  })

  it('opens on a full disk, says so, and heals', async () => {
    const { journal, reopen, simulated } = await setUp()
    appendCommands(journal, 3)
    await journal.close()
    simulated.capacity = 0
    const scheduler = new ManualScheduler()
    const again = await reopen({ scheduler })
    expect(again.failure).toMatchObject({ systemCode: 'ENOSPC' })
    expect(again.endOffset).toBe(journal.endOffset)
    simulated.capacity = Number.POSITIVE_INFINITY
    const healed = once(again, 'healed')
    scheduler.fire()
    await healed
    expect(again.failure).toBeNull()
    await again.close()
  })

  it('does not close in silence on a disk that refuses', async () => {
    const { journal, simulated } = await setUp()
    simulated.fault = (operation) => (operation === 'write' ? 'EIO' : null)
    const stream = appendCommands(journal, 3)
    const waiting = journal.whenDurable(stream.length)
    await Promise.all([
      expect(journal.close()).rejects.toThrow(JournalWriteError),
      expect(waiting).rejects.toThrow(JournalClosedError),
    ])
  })
})
