import { CommandArguments } from '../commands/command-arguments.ts'
import { encodedLength, encodeInto } from './command-stream.ts'
import { Journal, type JournalOptions } from './journal.ts'
import type { JournalScheduler } from './journal-scheduler.ts'

/** For the journal's tests only. */
export const REPLICATION_ID = '0123456789abcdef0123456789abcdef01234567'
export const OTHER_REPLICATION_ID = 'f'.repeat(40)

/** A clock that stands still until a test moves it. */
export class ManualScheduler implements JournalScheduler {
  #timers = new Set<{ callback: () => void }>()

  afterTurn(callback: () => void): void {
    setImmediate(callback)
  }

  after(_milliseconds: number, _keepsAlive: boolean, callback: () => void): () => void {
    const timer = { callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  get waiting(): number {
    return this.#timers.size
  }

  /** All that was waiting is due. */
  fire(): void {
    const due = this.#timers
    this.#timers = new Set()
    for (const timer of due) timer.callback()
  }
}

/** Small sizes, so that little data shows everything. */
export function openJournal(options: Partial<JournalOptions> & Pick<JournalOptions, 'directory'>): Promise<Journal> {
  return Journal.open({
    replicationId: REPLICATION_ID,
    fsync: 'no',
    memoryBytes: 1024,
    segmentBytes: 2048,
    retainBytes: 0,
    startOffset: 0,
    ...options,
  })
}

export function encodeCommand(...args: readonly (string | Uint8Array)[]): Buffer {
  const ranges = CommandArguments.of(...args)
  const bytes = Buffer.alloc(encodedLength(ranges))
  encodeInto(ranges, bytes, 0)
  return bytes
}

/** All that can be read from `from` to `end`, in pieces of at most `limit` bytes. */
export async function readAll(journal: Journal, from: number, limit = 700): Promise<Buffer> {
  using reader = journal.reader(from)
  const pieces: Buffer[] = []
  for (;;) {
    const piece = await reader.next(limit)
    if (piece === null) return Buffer.concat(pieces)
    if (piece.length === 0 || piece.length > limit) throw new Error(`a piece of ${piece.length} bytes`)
    pieces.push(piece)
  }
}

/** When everything appended so far has been written. */
export async function whenWritten(journal: Journal): Promise<void> {
  const end = journal.endOffset
  while (journal.writtenOffset < end) {
    if (journal.failure !== null) throw journal.failure
    await new Promise((resolve) => setImmediate(resolve))
  }
}
