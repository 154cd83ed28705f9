import { doubleText } from '../../src/commands/double-text.ts'
import type { Reply } from '../../src/commands/reply.ts'

/** Writes replies as RESP2 text (latin1), to be compared with what redis-server sends. */
export class RespTextReply implements Reply {
  #text = ''

  /** What was written, and forgets it. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  status(text: string): void {
    this.#text += `+${text}\r\n`
  }
  error(text: string): void {
    this.#text += `-${text.replace(/[\r\n]+$/, '').replace(/[\r\n]/g, ' ')}\r\n`
  }
  integer(value: number | bigint): void {
    this.#text += `:${value}\r\n`
  }
  bulk(bytes: Uint8Array, start: number, end: number): void {
    const text = Buffer.from(bytes.subarray(start, end)).toString('latin1')
    this.#text += `$${text.length}\r\n${text}\r\n`
  }
  text(value: string): void {
    const bytes = Buffer.from(value)
    this.bulk(bytes, 0, bytes.length)
  }
  nil(): void {
    this.#text += '$-1\r\n'
  }
  nilArray(): void {
    this.#text += '*-1\r\n'
  }
  double(value: number): void {
    this.text(doubleText(value))
  }
  boolean(value: boolean): void {
    this.integer(value ? 1 : 0)
  }
  bigNumber(value: bigint): void {
    this.text(String(value))
  }
  verbatim(text: string): void {
    this.text(text)
  }
  array(length: number): void {
    this.#text += `*${length}\r\n`
  }
  set(length: number): void {
    this.array(length)
  }
  map(length: number): void {
    this.array(length * 2)
  }
  pairs(length: number): void {
    this.array(length * 2)
  }
  pair(): void {}
  push(length: number): void {
    this.array(length)
  }
}
