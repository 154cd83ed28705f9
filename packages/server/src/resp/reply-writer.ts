import { doubleText, type Reply } from '@repl/store'
import { OutputBuffer } from './output-buffer.ts'

const CARRIAGE_RETURN = 13
const LINE_FEED = 10
const ZERO = 48
const MINUS = 45
const PLUS = 43
const COLON = 58
const DOLLAR = 36
const ASTERISK = 42
const TILDE = 126
const PERCENT = 37
const GREATER_THAN = 62
const UPPER_O = 79
const UPPER_K = 75
const UNDERSCORE = 95

/** Up to this length a loop in JavaScript copies faster than a call into C++. */
const LOOP_COPY_LENGTH = 48
/** The longest a number with its marker and line end can be. */
const NUMBER_LENGTH = 32

/** A version of RESP: 2, or 3 after HELLO 3. */
export type RespVersion = 2 | 3

/** Writes replies as RESP2 or RESP3 into an output buffer. */
export class ReplyWriter implements Reply {
  version: RespVersion = 2
  readonly output = new OutputBuffer()
  readonly #onError: (text: string) => void

  /** @param onError is told of every error reply: the server counts them by their code */
  constructor(onError: (text: string) => void = () => {}) {
    this.#onError = onError
  }

  status(text: string): void {
    const { output } = this
    if (text === 'OK') {
      output.reserve(5)
      const { bytes } = output
      let at = output.length
      bytes[at++] = PLUS
      bytes[at++] = UPPER_O
      bytes[at++] = UPPER_K
      bytes[at++] = CARRIAGE_RETURN
      bytes[at++] = LINE_FEED
      output.length = at
      return
    }
    this.#line(`+${text}`)
  }

  error(text: string): void {
    this.#onError(text)
    // An error quotes what the client sent; a line end in it must not end the reply.
    this.#line(`-${text.replace(/[\r\n]/g, ' ')}`)
  }

  integer(value: number | bigint): void {
    if (typeof value === 'bigint') this.#line(`:${value}`)
    else this.#number(COLON, value)
  }

  bulk(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    const { output } = this
    output.reserve(length + NUMBER_LENGTH)
    const target = output.bytes
    let at = writeNumber(target, output.length, DOLLAR, length)
    if (length <= LOOP_COPY_LENGTH) {
      for (let i = start; i < end; i++) target[at++] = bytes[i]!
    } else {
      Buffer.prototype.copy.call(bytes, target, at, start, end)
      at += length
    }
    target[at] = CARRIAGE_RETURN
    target[at + 1] = LINE_FEED
    output.length = at + 2
  }

  text(value: string): void {
    const { output } = this
    const length = Buffer.byteLength(value)
    output.reserve(length + NUMBER_LENGTH)
    const { bytes } = output
    let at = writeNumber(bytes, output.length, DOLLAR, length)
    at += bytes.write(value, at)
    bytes[at] = CARRIAGE_RETURN
    bytes[at + 1] = LINE_FEED
    output.length = at + 2
  }

  nil(): void {
    if (this.version === 3) this.#null()
    else this.#number(DOLLAR, -1)
  }

  nilArray(): void {
    if (this.version === 3) this.#null()
    else this.#number(ASTERISK, -1)
  }

  double(value: number): void {
    const text = doubleText(value)
    if (this.version === 3) this.#line(`,${text}`)
    else this.text(text)
  }

  boolean(value: boolean): void {
    if (this.version === 3) this.#line(value ? '#t' : '#f')
    else this.#number(COLON, value ? 1 : 0)
  }

  bigNumber(value: bigint): void {
    if (this.version === 3) this.#line(`(${value}`)
    else this.text(String(value))
  }

  verbatim(text: string): void {
    if (this.version === 3) this.#line(`=${Buffer.byteLength(text) + 4}\r\ntxt:${text}`, 'utf8')
    else this.text(text)
  }

  array(length: number): void {
    this.#number(ASTERISK, length)
  }

  set(length: number): void {
    this.#number(this.version === 3 ? TILDE : ASTERISK, length)
  }

  map(length: number): void {
    if (this.version === 3) this.#number(PERCENT, length)
    else this.#number(ASTERISK, length * 2)
  }

  pairs(length: number): void {
    this.#number(ASTERISK, this.version === 3 ? length : length * 2)
  }

  pair(): void {
    if (this.version === 3) this.#number(ASTERISK, 2)
  }

  push(length: number): void {
    this.#number(this.version === 3 ? GREATER_THAN : ASTERISK, length)
  }

  #null(): void {
    const { output } = this
    output.reserve(3)
    output.bytes[output.length++] = UNDERSCORE
    output.bytes[output.length++] = CARRIAGE_RETURN
    output.bytes[output.length++] = LINE_FEED
  }

  #number(marker: number, value: number): void {
    const { output } = this
    output.reserve(NUMBER_LENGTH)
    output.length = writeNumber(output.bytes, output.length, marker, value)
  }

  #line(text: string, encoding: 'latin1' | 'utf8' = 'latin1'): void {
    const { output } = this
    output.reserve((encoding === 'utf8' ? Buffer.byteLength(text) : text.length) + 2)
    const { bytes } = output
    const at = output.length + bytes.write(text, output.length, encoding)
    bytes[at] = CARRIAGE_RETURN
    bytes[at + 1] = LINE_FEED
    output.length = at + 2
  }
}

/** Writes marker, digits and line end at `at`; returns where it ended. There must be room for NUMBER_LENGTH. */
function writeNumber(bytes: Buffer, at: number, marker: number, value: number): number {
  let position = at
  bytes[position++] = marker
  if (value < 0) {
    bytes[position++] = MINUS
    value = -value
  }
  if (value < 10) bytes[position++] = ZERO + value
  else {
    let length = 0
    for (let rest = value; rest >= 1; rest = Math.floor(rest / 10)) length++
    let rest = value
    for (let i = position + length - 1; i >= position; i--) {
      const tenth = Math.floor(rest / 10)
      bytes[i] = ZERO + (rest - tenth * 10)
      rest = tenth
    }
    position += length
  }
  bytes[position] = CARRIAGE_RETURN
  bytes[position + 1] = LINE_FEED
  return position + 2
}
