import { CommandArguments } from '@repl/store'
import { splitInlineRequest } from './inline-request.ts'
import { RespProtocolError } from './resp-protocol-error.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const DOLLAR = 36
const ASTERISK = 42
const MINUS = 45
const ZERO = 48
const NINE = 57

/** Redis's limit for a line: an inline request, or the digits of a count. */
export const MAXIMUM_INLINE_LENGTH = 64 * 1024
/** Redis's limit for the number of arguments. What has not arrived costs nothing, so it may be as large as this. */
export const MAXIMUM_ARGUMENT_COUNT = 2_147_483_647
/** What a client may send before it has authenticated, as in Redis. */
export const UNAUTHENTICATED_ARGUMENT_COUNT = 10
export const UNAUTHENTICATED_BULK_LENGTH = 16 * 1024
/** A buffer for joining requests is kept between reads up to this size: two reads of a socket. */
const RETAINED_LENGTH = 128 * 1024

/** Limits that CONFIG SET can change while connections live. */
export interface RequestLimits {
  /** The longest argument: `proto-max-bulk-len`. */
  readonly maximumBulkLength: number
  /** The most bytes of requests that are kept for one client: `client-query-buffer-limit`. */
  readonly maximumQueryBuffer: number
}

const EMPTY: Buffer = Buffer.alloc(0)
/** Results of `#readCount` that are no counts. */
const INCOMPLETE = -1
const INVALID = -2
const NEGATIVE = -3

/**
 * Takes RESP requests (arrays of bulk strings, and inline ones) out of bytes that come in pieces of any size. The
 * ranges of `args` point into the piece itself where a request lies in one piece; only a request that is split is
 * joined in a buffer of the parser's own. No object is made for a request or an argument.
 */
export class RequestParser {
  /** The request that `next` found. Valid until the next call of `next` or `feed`. */
  readonly args = new CommandArguments()
  /** Before authentication, a request is held to a few short arguments. */
  isUnauthenticated = false
  readonly #limits: RequestLimits
  /** What is being parsed: [#requestStart, #end) is still needed. */
  #bytes = EMPTY
  #end = 0
  #requestStart = 0
  #position = 0
  /** The parser's own buffer, kept for the next split request. It is `#bytes` while a split request is joined. */
  #joined: Buffer = EMPTY
  /** Arguments that the request under way still lacks; 0 between requests. */
  #argumentsLeft = 0
  /** The announced length of the argument under way, or INCOMPLETE. */
  #bulkLength = INCOMPLETE

  constructor(limits: RequestLimits) {
    this.#limits = limits
  }

  /** How many bytes wait: of requests not yet taken, and of an incomplete one. */
  get bufferedLength(): number {
    return this.#end - this.#requestStart
  }

  /** How much memory the parser holds for itself. */
  get capacity(): number {
    return this.#joined.length
  }

  /**
   * Adds bytes[0, length) from the socket. They must not change until they have been taken, or kept by `keep`.
   * @throws RespProtocolError where more would wait than the query buffer may hold
   */
  feed(bytes: Buffer, length = bytes.length): void {
    const waiting = this.#end - this.#requestStart
    if (waiting + length > this.#limits.maximumQueryBuffer) {
      throw new RespProtocolError(
        'QUERY_BUFFER_LIMIT',
        `${waiting + length} bytes of requests wait, the limit is ${this.#limits.maximumQueryBuffer}`,
        null,
      )
    }
    if (waiting === 0) {
      if (this.#joined.length > RETAINED_LENGTH) this.#joined = EMPTY
      this.#bytes = bytes
      this.#requestStart = 0
      this.#position = 0
      this.#end = length
    } else this.#join(bytes, length)
  }

  /** Copies what still waits, where it lies in bytes that were fed: those may be written to from now on. */
  keep(): void {
    if (this.#bytes === this.#joined) return
    if (this.#end > this.#requestStart) this.#join(EMPTY, 0)
    else {
      this.#bytes = EMPTY
      this.#end = 0
      this.#requestStart = 0
      this.#position = 0
    }
  }

  /**
   * Takes the next whole request into `args`.
   * @returns false where more bytes are needed
   * @throws RespProtocolError on anything that is no request; the parser can't go on then
   */
  next(): boolean {
    const args = this.args
    while (this.#argumentsLeft === 0) {
      this.#requestStart = this.#position
      if (this.#position === this.#end) return false
      if (this.#bytes[this.#position] !== ASTERISK) {
        const found = this.#nextInline()
        if (found === INCOMPLETE) return false
        if (found > 0) return true
        continue
      }
      const count = this.#readCount()
      if (count === INCOMPLETE) return this.#refuseLongLine('too big mbulk count string')
      if (count === INVALID || count > MAXIMUM_ARGUMENT_COUNT) {
        throw new RespProtocolError('INVALID_MULTIBULK_LENGTH', 'invalid multibulk length')
      }
      if (this.isUnauthenticated && count > UNAUTHENTICATED_ARGUMENT_COUNT) {
        throw new RespProtocolError('UNAUTHENTICATED_LENGTH', 'unauthenticated multibulk length')
      }
      // An empty or a null array is a request for nothing.
      if (count === NEGATIVE || count === 0) continue
      this.#argumentsLeft = count
      args.reset(this.#bytes)
    }
    return this.#takeArguments(args)
  }

  #takeArguments(args: CommandArguments): boolean {
    while (this.#argumentsLeft > 0) {
      if (this.#bulkLength === INCOMPLETE) {
        if (this.#position === this.#end) return false
        const marker = this.#bytes[this.#position]!
        if (marker !== DOLLAR) {
          throw new RespProtocolError('EXPECTED_BULK', `expected '$', got '${String.fromCharCode(marker)}'`)
        }
        const length = this.#readCount()
        if (length === INCOMPLETE) return this.#refuseLongLine('too big bulk count string')
        if (length < 0 || length > this.#limits.maximumBulkLength) {
          throw new RespProtocolError('INVALID_BULK_LENGTH', 'invalid bulk length')
        }
        if (this.isUnauthenticated && length > UNAUTHENTICATED_BULK_LENGTH) {
          throw new RespProtocolError('UNAUTHENTICATED_LENGTH', 'unauthenticated bulk length')
        }
        this.#bulkLength = length
      }
      const end = this.#position + this.#bulkLength
      // The two bytes after an argument are not looked at, as in Redis.
      if (end + 2 > this.#end) return false
      args.push(this.#position, end)
      this.#position = end + 2
      this.#bulkLength = INCOMPLETE
      this.#argumentsLeft--
    }
    args.bytes = this.#bytes
    this.#requestStart = this.#position
    return true
  }

  /**
   * Reads the number after the marker at `#position` and moves behind its line. Written out by hand: it runs once for
   * each argument, and making a string of the digits costs more than all the rest of parsing.
   */
  #readCount(): number {
    const bytes = this.#bytes
    const end = this.#end
    let i = this.#position + 1
    let value = 0
    const first = i < end ? bytes[i]! : 0
    for (; i < end; i++) {
      const byte = bytes[i]!
      if (byte < ZERO || byte > NINE) break
      value = value * 10 + (byte - ZERO)
    }
    if (i < end && bytes[i] === CARRIAGE_RETURN) {
      if (i + 1 >= end) return INCOMPLETE
      const digits = i - this.#position - 1
      this.#position = i + 2
      return digits === 0 || (first === ZERO && digits > 1) ? INVALID : value
    }
    return this.#readOddCount(first)
  }

  /** A count that is not just digits and a line end: not all there yet, negative, or garbage. */
  #readOddCount(first: number): number {
    const lineEnd = this.#bytes.subarray(0, this.#end).indexOf(CARRIAGE_RETURN, this.#position)
    if (lineEnd < 0 || lineEnd + 1 >= this.#end) return INCOMPLETE
    const isNegative =
      first === MINUS && /^-[1-9][0-9]*$/.test(this.#bytes.toString('latin1', this.#position + 1, lineEnd))
    this.#position = lineEnd + 2
    return isNegative ? NEGATIVE : INVALID
  }

  #refuseLongLine(message: string): false {
    if (this.#end - this.#position > MAXIMUM_INLINE_LENGTH) throw new RespProtocolError('TOO_BIG_COUNT', message)
    return false
  }

  /** @returns how many arguments there are (0 for an empty line), or INCOMPLETE */
  #nextInline(): number {
    const lineFeed = this.#bytes.subarray(0, this.#end).indexOf(LINE_FEED, this.#position)
    if (lineFeed < 0) {
      if (this.#end - this.#position > MAXIMUM_INLINE_LENGTH) {
        throw new RespProtocolError('TOO_BIG_INLINE', 'too big inline request')
      }
      return INCOMPLETE
    }
    const isAfterReturn = lineFeed > this.#position && this.#bytes[lineFeed - 1] === CARRIAGE_RETURN
    const lineEnd = isAfterReturn ? lineFeed - 1 : lineFeed
    if (!splitInlineRequest(this.#bytes, this.#position, lineEnd, this.args)) {
      throw new RespProtocolError('UNBALANCED_QUOTES', 'unbalanced quotes in request')
    }
    this.#position = lineFeed + 1
    this.#requestStart = this.#position
    return this.args.count
  }

  /** Puts what waits and bytes[0, length) together in the parser's own buffer. */
  #join(bytes: Buffer, length: number): void {
    const waiting = this.#end - this.#requestStart
    const needed = waiting + length
    const isOwn = this.#bytes === this.#joined
    if (isOwn && this.#end + length <= this.#joined.length) {
      bytes.copy(this.#joined, this.#end, 0, length)
      this.#end += length
      return
    }
    const target = needed <= this.#joined.length ? this.#joined : Buffer.allocUnsafeSlow(this.#capacityFor(needed))
    this.#bytes.copy(target, 0, this.#requestStart, this.#end)
    bytes.copy(target, waiting, 0, length)
    const shift = this.#requestStart
    const { starts, ends, count } = this.args
    if (this.#argumentsLeft > 0) {
      for (let i = 0; i < count; i++) {
        starts[i]! -= shift
        ends[i]! -= shift
      }
    }
    this.#joined = target
    this.#bytes = target
    this.#requestStart = 0
    this.#position -= shift
    this.#end = needed
  }

  /** Doubles, so that joining many pieces costs linear time; but no further than an announced argument needs. */
  #capacityFor(needed: number): number {
    const doubled = Math.max(RETAINED_LENGTH, needed * 2)
    if (this.#bulkLength < RETAINED_LENGTH) return doubled
    const announced = this.#position - this.#requestStart + this.#bulkLength + 2
    return announced >= needed ? Math.min(doubled, announced) : doubled
  }
}
