import { Duplex } from 'node:stream'
import type { SimulatedProcess } from '../runtime/simulated-process.ts'
import type { Direction } from './direction.ts'

/** The kernel takes so many bytes of a sender, in flight or not; more wait in the stream. */
export const SEND_BUFFER_BYTES = 32 * 1024

/** One end of a simulated connection: as much of net.Socket as the packages use. */
export class SimulatedSocket extends Duplex {
  readonly process: SimulatedProcess
  readonly host: string
  /** Where what is written goes; null until the connection stands. */
  #outgoing: Direction | null = null
  #incoming: Direction | null = null
  #onRoom: (() => void) | null = null
  #isReading = false

  constructor(process: SimulatedProcess, host: string) {
    super({ allowHalfOpen: false, emitClose: true, autoDestroy: true })
    this.process = process
    this.host = host
  }

  /** The connection stands. */
  attach(outgoing: Direction, incoming: Direction): void {
    this.#outgoing = outgoing
    this.#incoming = incoming
    if (this.#isReading) this.#incoming.read()
  }

  /** Bytes have come that `_read` asked for; answers whether more are wanted. */
  receive(bytes: Buffer): boolean {
    this.#isReading = this.push(bytes)
    return this.#isReading
  }

  /** The other side has ended. */
  receiveEnd(): void {
    this.push(null)
  }

  /** The kernel has room again. */
  hasRoom(): void {
    const onRoom = this.#onRoom
    this.#onRoom = null
    onRoom?.()
  }

  get isReading(): boolean {
    return this.#isReading
  }

  /** The process is gone: the kernel closes what it had open. */
  abandon(): void {
    this.#incoming?.close()
    this.#outgoing?.end()
  }

  override _read(): void {
    this.#isReading = true
    this.#incoming?.read()
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.#send([chunk], callback)
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      callback,
    )
  }

  override _final(callback: () => void): void {
    this.#outgoing?.end()
    callback()
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.abandon()
    callback(error)
  }

  #send(chunks: readonly Buffer[], callback: () => void): void {
    const outgoing = this.#outgoing
    if (outgoing === null) {
      callback()
      return
    }
    outgoing.send(chunks)
    if (outgoing.queuedBytes < SEND_BUFFER_BYTES) callback()
    else this.#onRoom = callback
  }
}
