import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** How often the file is looked at, in ms. */
const PERIOD = 15
const READ_LENGTH = 64 * 1024

/** An entry of a server's log. */
export type LogEntry = Readonly<Record<string, unknown>>

/** Reads a log of JSON lines as it grows, from where it ends now. Other lines in it are passed over. */
export class LogFollower implements Disposable {
  readonly #file: number
  readonly #onEntry: (entry: LogEntry) => void
  readonly #timer: NodeJS.Timeout
  readonly #buffer = Buffer.allocUnsafe(READ_LENGTH)
  #position: number
  /** What has come of a line whose end hasn't; bytes, for a character may be cut in two. */
  #incomplete: Buffer = Buffer.alloc(0)

  constructor(path: string, onEntry: (entry: LogEntry) => void) {
    this.#file = openSync(path, 'r')
    this.#position = fstatSync(this.#file).size
    this.#onEntry = onEntry
    this.#timer = setInterval(() => this.poll(), PERIOD)
  }

  /** Reads what is there now. */
  poll(): void {
    for (;;) {
      const length = readSync(this.#file, this.#buffer, 0, READ_LENGTH, this.#position)
      if (length === 0) return
      this.#position += length
      this.#take(this.#buffer.subarray(0, length))
    }
  }

  #take(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#incomplete, chunk])
    const end = bytes.lastIndexOf(0x0a) + 1
    this.#incomplete = bytes.subarray(end)
    for (const line of bytes.toString('utf8', 0, end).split('\n')) {
      const entry = parseEntry(line)
      if (entry !== null) this.#onEntry(entry)
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    closeSync(this.#file)
  }
}

function parseEntry(line: string): LogEntry | null {
  if (!line.startsWith('{')) return null
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null ? { ...entry } : null
  } catch {
    return null
  }
}
