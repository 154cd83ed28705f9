const INITIAL_CAPACITY = 16

/**
 * The name and arguments of one command, as ranges of one buffer, so that taking a command off a socket or out of
 * the journal creates no object for each argument. One instance is filled again and again by its owner; whoever
 * wants to keep an argument copies it.
 */
export class CommandArguments {
  /** The buffer that all ranges point into. */
  bytes: Buffer
  /** How many arguments there are, the command's name (argument 0) included. */
  count = 0
  /** starts[i] and ends[i] bound argument i in `bytes`; entries at and after `count` mean nothing. */
  starts = new Uint32Array(INITIAL_CAPACITY)
  ends = new Uint32Array(INITIAL_CAPACITY)

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.bytes = bytes
  }

  /** Builds arguments from values, for calls that come from the application itself. */
  static of(...values: readonly (string | Uint8Array | number)[]): CommandArguments {
    const parts = values.map((value) =>
      value instanceof Uint8Array ? value : Buffer.from(typeof value === 'string' ? value : String(value)),
    )
    const args = new CommandArguments(Buffer.concat(parts))
    let start = 0
    for (const part of parts) {
      args.push(start, start + part.length)
      start += part.length
    }
    return args
  }

  /** Forgets all arguments and points at another buffer. */
  reset(bytes: Buffer): void {
    this.bytes = bytes
    this.count = 0
  }

  /** Adds the argument bytes[start, end). */
  push(start: number, end: number): void {
    if (this.count === this.starts.length) this.grow()
    this.starts[this.count] = start
    this.ends[this.count] = end
    this.count++
  }

  /** The length of argument i in bytes. */
  lengthOf(i: number): number {
    return this.ends[i]! - this.starts[i]!
  }

  /** A view of argument i, valid only until the owner of these arguments goes on. */
  view(i: number): Buffer {
    return this.bytes.subarray(this.starts[i]!, this.ends[i]!)
  }

  /** A copy of argument i. */
  copy(i: number): Buffer {
    return Buffer.from(this.view(i))
  }

  /** Argument i as text: one character for each byte, so no byte is lost. */
  latin1(i: number): string {
    return this.bytes.toString('latin1', this.starts[i]!, this.ends[i]!)
  }

  /** The same arguments in a buffer of their own, which stay as they are when the owner of these goes on. */
  clone(): CommandArguments {
    let length = 0
    for (let i = 0; i < this.count; i++) length += this.lengthOf(i)
    const clone = new CommandArguments(Buffer.allocUnsafeSlow(length))
    let at = 0
    for (let i = 0; i < this.count; i++) {
      const end = at + this.bytes.copy(clone.bytes, at, this.starts[i]!, this.ends[i]!)
      clone.push(at, end)
      at = end
    }
    return clone
  }

  private grow(): void {
    const starts = new Uint32Array(this.starts.length * 2)
    const ends = new Uint32Array(this.ends.length * 2)
    starts.set(this.starts)
    ends.set(this.ends)
    this.starts = starts
    this.ends = ends
  }
}
