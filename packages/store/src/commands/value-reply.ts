import type { Reply } from './reply.ts'

/** What an embedded call gives: a status is a string, a string value is a Buffer. */
export type ReplyValue =
  | null
  | number
  | bigint
  | boolean
  | string
  | Buffer
  | ReplyError
  | ReplyValue[]
  | Set<ReplyValue>
  | Map<ReplyValue, ReplyValue>

/** An error that a command answered, as Redis words it. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError'
  /** The first word of the text: `ERR`, `WRONGTYPE`, `READONLY`, … */
  readonly code: string

  constructor(text: string) {
    super(text)
    const space = text.indexOf(' ')
    this.code = space < 0 ? text : text.slice(0, space)
  }
}

interface OpenAggregate {
  remaining: number
  add(value: ReplyValue): void
}

/** Builds a JavaScript value of a command's reply, for calls from the same process. Used again after each `take`. */
export class ValueReply implements Reply {
  #value: ReplyValue | undefined
  readonly #open: OpenAggregate[] = []

  /** The reply, and forgets it. An error is given as a value. Throws where the reply isn't complete. */
  take(): ReplyValue {
    const value = this.#value
    if (value === undefined || this.#open.length > 0) throw new Error('the command has not given its whole reply')
    this.#value = undefined
    return value
  }

  /** Forgets what was given so far, after a command that threw. */
  reset(): void {
    this.#value = undefined
    this.#open.length = 0
  }

  status(text: string): void {
    this.#add(text)
  }

  error(text: string): void {
    this.#add(new ReplyError(text))
  }

  integer(value: number | bigint): void {
    this.#add(value)
  }

  bulk(bytes: Uint8Array, start: number, end: number): void {
    this.#add(Buffer.from(bytes.subarray(start, end)))
  }

  text(value: string): void {
    this.#add(Buffer.from(value))
  }

  nil(): void {
    this.#add(null)
  }

  nilArray(): void {
    this.#add(null)
  }

  double(value: number): void {
    this.#add(value)
  }

  boolean(value: boolean): void {
    this.#add(value)
  }

  bigNumber(value: bigint): void {
    this.#add(value)
  }

  verbatim(text: string): void {
    this.#add(text)
  }

  array(length: number): void {
    const values: ReplyValue[] = []
    this.#openAggregate(values, length, (value) => values.push(value))
  }

  set(length: number): void {
    const values = new Set<ReplyValue>()
    this.#openAggregate(values, length, (value) => values.add(value))
  }

  map(length: number): void {
    const values = new Map<ReplyValue, ReplyValue>()
    let key: ReplyValue | undefined
    this.#openAggregate(values, length * 2, (value) => {
      if (key === undefined) {
        key = value
      } else {
        values.set(key, value)
        key = undefined
      }
    })
  }

  pairs(length: number): void {
    this.array(length)
  }

  pair(): void {
    this.array(2)
  }

  push(length: number): void {
    this.array(length)
  }

  #openAggregate(aggregate: ReplyValue, length: number, add: (value: ReplyValue) => void) {
    if (length === 0) return this.#add(aggregate)
    // Placed in its parent at once; it fills up there.
    this.#place(aggregate)
    this.#open.push({ remaining: length, add })
  }

  #add(value: ReplyValue): void {
    this.#place(value)
    let innermost = this.#open.at(-1)
    while (innermost !== undefined && innermost.remaining === 0) {
      this.#open.pop()
      innermost = this.#open.at(-1)
    }
  }

  #place(value: ReplyValue): void {
    const parent = this.#open.at(-1)
    if (parent !== undefined) {
      parent.remaining--
      parent.add(value)
    } else if (this.#value === undefined) {
      this.#value = value
    } else {
      throw new Error('the command has given a second reply')
    }
  }
}
