import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../disk/simulated-disk.ts'
import type { FsyncPolicy, Journal } from './journal.ts'
import { JournalDamagedError } from './journal-errors.ts'
import { encodeCommand, ManualScheduler, openJournal, readAll, whenWritten } from './journal-fixture.ts'

const DIRECTORY = '/journal'
const runs = Number(process.env['REPL_PROPERTY_RUNS'] ?? 150)

/** A small generator of numbers, so that a failing run can be run again. mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a journal should hold, and what its users were told of it. */
class Model {
  stream = Buffer.alloc(0)
  /** The offset that stream[0] has. */
  base = 0
  durable = 0
  readable = 0

  append(bytes: Buffer): void {
    this.stream = Buffer.concat([this.stream, bytes])
  }

  get end(): number {
    return this.base + this.stream.length
  }

  watch(journal: Journal): void {
    const note = () => {
      this.durable = Math.max(this.durable, journal.durableOffset)
      this.readable = Math.max(this.readable, journal.readableOffset)
    }
    note()
    journal.on('durable', note).on('readable', note)
  }
}

type Step =
  | { type: 'append'; sizes: number[]; isEncoded: boolean }
  | { type: 'turns'; count: number }
  | { type: 'tick' }
  | { type: 'policy'; policy: FsyncPolicy }
  | { type: 'read'; from: number; limit: number }
  | { type: 'trim'; to: number }
  | {
      type: 'fault'
      operation: 'write' | 'datasync' | 'truncate' | 'create' | 'unlink' | 'syncDirectory'
      count: number
    }
  | { type: 'full'; spare: number }
  | { type: 'room' }
  | { type: 'reopen' }
  | { type: 'kill' }
  | { type: 'losePower' }

const policy = fc.constantFrom<FsyncPolicy>('always', 'everysec', 'no')
const part = fc.double({ min: 0, max: 1, noNaN: true })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      sizes: fc.array(fc.oneof(fc.nat(60), fc.nat(900)), { minLength: 1, maxLength: 6 }),
      isEncoded: fc.boolean(),
    }),
  },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('turns' as const), count: fc.nat(6) }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('tick' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('policy' as const), policy }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('read' as const), from: part, limit: fc.integer({ min: 1, max: 3000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('trim' as const), to: part }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('fault' as const),
      operation: fc.constantFrom('write', 'datasync', 'truncate', 'create', 'unlink', 'syncDirectory'),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('full' as const), spare: fc.nat(500) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('room' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reopen' as const) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('kill' as const) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('losePower' as const) }) },
)

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Runs the steps against a journal and a model of it. */
async function play(firstPolicy: FsyncPolicy, steps: readonly Step[], seed: number): Promise<void> {
  const random = seeded(seed)
  const disk = new SimulatedDisk(random)
  const model = new Model()
  let scheduler = new ManualScheduler()
  let snapshotOffset = 0
  let fsync = firstPolicy
  let counter = 0
  /** The files are cut back to what is durable, and written again. */
  let hasSyncFailed = false
  const random32 = () => Math.floor(random() * 2 ** 32)

  const open = async () => {
    scheduler = new ManualScheduler()
    const options = {
      directory: DIRECTORY,
      segmentBytes: 4096,
      retainBytes: seed % 2 === 0 ? 0 : 1_000_000,
      fsync,
      disk: disk.mount(),
      scheduler,
      random: random32,
      startOffset: snapshotOffset,
    }
    const opened = await openJournal(options)
    hasSyncFailed = false
    opened.on('healed', () => {
      hasSyncFailed = false
    })
    return opened
  }
  const calm = () => {
    disk.fault = null
    disk.capacity = Number.POSITIVE_INFINITY
  }
  const check = async (journal: Journal) => {
    const from = Math.max(journal.firstOffset, model.base)
    const expected = model.stream.subarray(from - model.base, journal.readableOffset - model.base)
    const actual = await readAll(journal, from)
    if (!actual.equals(expected)) throw new Error(`the journal's bytes from ${from} differ from the model's`)
  }
  const recover = async (kept: number) => {
    calm()
    journal = await open()
    expect(journal.endOffset).toBeGreaterThanOrEqual(Math.max(kept, snapshotOffset))
    expect(journal.endOffset).toBeLessThanOrEqual(model.end)
    expect(journal.firstOffset).toBeLessThanOrEqual(Math.max(snapshotOffset, journal.firstOffset))
    model.stream = model.stream.subarray(0, journal.endOffset - model.base)
    model.readable = journal.endOffset
    model.durable = journal.endOffset
    model.watch(journal)
    await check(journal)
  }

  let journal = await open()
  model.watch(journal)
  for (const current of steps) {
    switch (current.type) {
      case 'append':
        for (const size of current.sizes) {
          const args = ['SET', `key:${counter++}`, Buffer.alloc(size, counter)]
          const bytes = encodeCommand(...args)
          journal.appendEncoded(bytes, 0, bytes.length)
          model.append(bytes)
        }
        break
      case 'turns':
        await turns(current.count)
        break
      case 'tick':
        scheduler.fire()
        break
      case 'policy':
        fsync = current.policy
        journal.fsync = current.policy
        break
      case 'read': {
        const first = journal.firstOffset
        const from = first + Math.floor((journal.readableOffset - first) * current.from)
        using reader = journal.reader(from)
        const bytes = await reader.next(current.limit)
        const end = from + (bytes?.length ?? 0)
        expect(bytes === null).toBe(from === journal.readableOffset && bytes === null)
        expect(bytes ?? Buffer.alloc(0)).toEqual(model.stream.subarray(from - model.base, end - model.base))
        break
      }
      case 'trim':
        // A snapshot is only ever of what is readable; it is durable itself, also where the journal is not.
        snapshotOffset += Math.floor((journal.readableOffset - snapshotOffset) * current.to)
        await journal.trimBefore(snapshotOffset).catch((error: unknown) => {
          if (disk.fault === null) throw error
        })
        expect(journal.firstOffset).toBeLessThanOrEqual(snapshotOffset)
        break
      case 'fault': {
        let left = current.count
        disk.fault = (operation) => {
          if (operation !== current.operation || left-- <= 0) return null
          hasSyncFailed ||= operation === 'datasync' || operation === 'syncDirectory'
          return 'EIO'
        }
        break
      }
      case 'full': {
        let used = 0
        for (const name of disk.list(DIRECTORY)) used += disk.bytesOf(`${DIRECTORY}/${name}`).length
        disk.capacity = used + current.spare
        break
      }
      case 'room':
        calm()
        break
      case 'reopen': {
        calm()
        await journal.close()
        await recover(model.end)
        break
      }
      case 'kill': {
        const kept = hasSyncFailed ? model.durable : Math.max(journal.readableOffset, model.readable)
        disk.kill()
        await recover(kept)
        break
      }
      case 'losePower':
        disk.losePower()
        await recover(model.durable)
        break
    }
  }

  // Whatever happened, when the disk works again nothing is missing.
  calm()
  for (let i = 0; i < 100 && (journal.failure !== null || journal.writtenOffset < journal.endOffset); i++) {
    scheduler.fire()
    await turns(10)
  }
  expect(journal.failure).toBeNull()
  const durable = journal.whenDurable(journal.endOffset)
  for (let i = 0; i < 100 && journal.durableOffset < journal.endOffset; i++) {
    scheduler.fire()
    await turns(10)
  }
  await durable
  await check(journal)
  await journal.close()
  disk.losePower()
  await recover(model.end)
  expect(journal.recoveryCut).toBeNull()
}

describe('journal on a disk that fails and crashes', () => {
  it('holds the stream, whatever happens, and never less than it has promised', async () => {
    await fc.assert(fc.asyncProperty(policy, fc.array(step, { maxLength: 100, size: 'max' }), fc.nat(), play), {
      numRuns: runs,
    })
  })
})

/** A few segments, not closed; the boundaries of the last one's batches. */
async function makeFiles(fsync: FsyncPolicy, isClosed: boolean) {
  const disk = new SimulatedDisk(seeded(1))
  const scheduler = new ManualScheduler()
  const journal = await openJournal({
    directory: DIRECTORY,
    disk: disk.mount(),
    scheduler,
    fsync,
    segmentBytes: 500,
    random: () => 7,
  })
  let stream = Buffer.alloc(0)
  const boundaries = [0]
  for (let i = 0; i < 12; i++) {
    const bytes = encodeCommand('SET', `key:${i}`, Buffer.alloc(40 + i, 65 + i))
    journal.appendEncoded(bytes, 0, bytes.length)
    stream = Buffer.concat([stream, bytes])
    await whenWritten(journal)
    boundaries.push(journal.endOffset)
  }
  if (isClosed) await journal.close()
  else disk.kill()
  const names = disk.list(DIRECTORY).sort()
  const files = new Map(
    names.map((name) => [`${DIRECTORY}/${name}`, Buffer.from(disk.bytesOf(`${DIRECTORY}/${name}`))]),
  )
  return { files, stream, boundaries }
}

/** A disk with these files. */
function diskWith(files: ReadonlyMap<string, Buffer>): SimulatedDisk {
  const disk = new SimulatedDisk(seeded(2), () => Promise.resolve())
  for (const [path, bytes] of files) disk.place(path, bytes)
  return disk
}

/** The recovered stream, or the error. */
async function recovered(
  files: ReadonlyMap<string, Buffer>,
  isRebooted = false,
): Promise<Buffer | JournalDamagedError> {
  const disk = diskWith(files)
  if (isRebooted) disk.losePower()
  try {
    const journal = await openJournal({ directory: DIRECTORY, disk: disk.mount(), scheduler: new ManualScheduler() })
    const stream = await readAll(journal, 0)
    expect(journal.endOffset).toBe(stream.length)
    // It goes on from there, and the next recovery finds both.
    const bytes = encodeCommand('DEL', 'key')
    journal.appendEncoded(bytes, 0, bytes.length)
    await journal.close()
    const again = await openJournal({ directory: DIRECTORY, disk: disk.mount(), scheduler: new ManualScheduler() })
    expect(await readAll(again, 0)).toEqual(Buffer.concat([stream, bytes]))
    return stream
  } catch (error) {
    if (error instanceof JournalDamagedError) return error
    throw error
  }
}

describe('journal recovery', () => {
  it('cuts the last file, cut at any byte, back to the last whole batch', async () => {
    const { files, stream, boundaries } = await makeFiles('no', false)
    const [path, bytes] = [...files].at(-1)!
    const start = Number(path.slice(-24, -4))
    for (let length = 0; length < bytes.length; length++) {
      const left = await recovered(new Map([...files, [path, bytes.subarray(0, length)]]))
      if (!Buffer.isBuffer(left)) throw left
      const expected = boundaries.findLast((offset) => {
        const batches = boundaries.filter((boundary) => boundary > start && boundary <= offset).length
        return offset <= start || 128 + (offset - start) + 32 * batches <= length
      })!
      expect(left).toEqual(stream.subarray(0, expected))
    }
  })

  it('refuses a file that is cut, or gone, before the last one', async () => {
    const { files } = await makeFiles('no', false)
    const paths = [...files.keys()]
    expect(paths.length).toBeGreaterThan(2)
    const [first, second] = [paths[0]!, paths[1]!]
    for (const path of [first, second]) {
      const bytes = files.get(path)!
      for (const length of [0, 100, 128, 200, bytes.length - 1]) {
        const left = await recovered(new Map([...files, [path, bytes.subarray(0, length)]]))
        expect(left, `${path} cut to ${length}`).toBeInstanceOf(JournalDamagedError)
      }
      expect(await recovered(new Map([...files].filter(([name]) => name !== path)))).toMatchObject({
        code: expect.stringMatching(/JOURNAL_(GAP|DAMAGED_BATCH)/),
      })
    }
  })

  it('says file, position and offset of a flipped byte, wherever it is, after an orderly end', async () => {
    const { files } = await makeFiles('no', true)
    for (const [path, bytes] of files) {
      for (let position = 0; position < bytes.length; position++) {
        // The closing mark itself: without it, the end is as after a crash.
        const isMark = path === [...files.keys()].at(-1) && position >= bytes.length - 32
        if (isMark) continue
        const flipped = Buffer.from(bytes)
        flipped[position]! ^= 1 << (position % 8)
        const left = await recovered(new Map([...files, [path, flipped]]), position % 2 === 0)
        expect(left, `${path} flipped at ${position}`).toBeInstanceOf(JournalDamagedError)
        const error = left as JournalDamagedError
        expect(error.file).toBe(path)
        expect(error.position).toBeLessThanOrEqual(position)
        expect(error.position).toBeGreaterThanOrEqual(position < 128 ? 0 : 128)
        expect(error.message).toContain(`at byte ${error.position} (offset ${error.offset})`)
      }
    }
  })

  it('under always, a flipped byte never costs more than the last batch, and after a power loss neither', async () => {
    const { files, stream, boundaries } = await makeFiles('always', false)
    const lastDurable = boundaries.at(-2)!
    for (const [path, bytes] of files) {
      for (let position = 0; position < bytes.length; position += 3) {
        const flipped = Buffer.from(bytes)
        flipped[position]! ^= 0x10
        for (const isRebooted of [false, true]) {
          const left = await recovered(new Map([...files, [path, flipped]]), isRebooted)
          if (!Buffer.isBuffer(left)) continue
          expect(left).toEqual(stream.subarray(0, left.length))
          expect(left.length).toBeGreaterThanOrEqual(lastDurable)
        }
      }
    }
  })

  it('does not take bytes that a client stored for a batch header', async () => {
    const { files } = await makeFiles('always', false)
    const [, source] = [...files][1]!
    // Another process, another salt: whole batches inside a value prove nothing.
    const disk = new SimulatedDisk(seeded(3))
    const journal = await openJournal({
      directory: DIRECTORY,
      disk: disk.mount(),
      scheduler: new ManualScheduler(),
      random: () => 8,
    })
    const bytes = encodeCommand('SET', 'key', source)
    journal.appendEncoded(bytes, 0, bytes.length)
    await whenWritten(journal)
    const path = `${DIRECTORY}/00000000000000000000.log`
    const torn = Buffer.from(disk.bytesOf(path))
    torn.fill(0, 128, 160)
    expect(await recovered(new Map([[path, torn]]))).toEqual(Buffer.alloc(0))
  })
})

describe('journal whose first file has lost its name', () => {
  it('begins anew at the snapshot where none of it was ever durable', async () => {
    const disk = new SimulatedDisk(seeded(4))
    disk.holdsSync = () => true
    const journal = await openJournal({
      directory: DIRECTORY,
      disk: disk.mount(),
      scheduler: new ManualScheduler(),
      fsync: 'no',
      segmentBytes: 500,
    })
    for (let i = 0; i < 12; i++) {
      const bytes = encodeCommand('SET', `key:${i}`, Buffer.alloc(60, i))
      journal.appendEncoded(bytes, 0, bytes.length)
      await whenWritten(journal)
    }
    disk.kill()
    const [, ...later] = disk.list(DIRECTORY).sort()
    expect(later.length).toBeGreaterThan(0)
    const paths = later.map((name) => `${DIRECTORY}/${name}`)
    const left = new Map(paths.map((path) => [path, Buffer.from(disk.bytesOf(path))]))
    expect(await recovered(left, true)).toEqual(Buffer.alloc(0))
    // Without a loss of power no name goes missing.
    expect(await recovered(left)).toMatchObject({ code: 'JOURNAL_GAP' })
  })

  it('is refused where a later file shows that it was durable', async () => {
    const { files } = await makeFiles('always', false)
    const [, ...later] = files
    expect(await recovered(new Map(later), true)).toMatchObject({ code: 'JOURNAL_GAP' })
  })
})
