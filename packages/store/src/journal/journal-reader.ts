import type { Journal } from './journal.ts'

/** Reads the stream from any offset that the journal holds, and on as it grows. */
export class JournalReader implements Disposable {
  /** The next byte that `next` answers. */
  offset: number

  /** Use `Journal.reader`. */
  constructor(_journal: Journal, offset: number) {
    this.offset = offset
  }

  /** Up to `limit` bytes from `offset`, or null where it has all that may be read by now. */
  next(_limit: number): Buffer | null | Promise<Buffer | null> {
    throw new Error('not written yet')
  }

  close(): void {}

  [Symbol.dispose](): void {
    this.close()
  }
}
