import type { Random } from '../runtime/random.ts'
import type { SimulatedNetwork } from './simulated-network.ts'
import { SEND_BUFFER_BYTES, type SimulatedSocket } from './simulated-socket.ts'

/** The receiving kernel takes so many bytes that its program has not read. */
const RECEIVE_BUFFER_BYTES = 32 * 1024

type Segment = Buffer | 'end'

/** One direction of a connection: bytes in order, later. As TCP: nothing is lost or doubled while both ends stand. */
export class Direction {
  readonly #network: SimulatedNetwork
  readonly #random: Random
  readonly from: SimulatedSocket
  readonly to: SimulatedSocket
  /** The opposite direction. */
  back: Direction | null = null
  /** Sent by the program, not on the way yet. */
  #waiting: Segment[] = []
  #waitingBytes = 0
  #inFlightBytes = 0
  /** Arrived, and not read by the program. */
  #arrived: Segment[] = []
  #arrivedBytes = 0
  /** Arrived while the network was cut. */
  #held: Segment[] = []
  #lastArrivalAt = 0
  #hasEnded = false
  /** The receiver has closed: what arrives is answered by a reset. */
  #isClosed = false
  /** The connection is over in both directions. */
  #isDead = false

  constructor(network: SimulatedNetwork, random: Random, from: SimulatedSocket, to: SimulatedSocket) {
    this.#network = network
    this.#random = random
    this.from = from
    this.to = to
  }

  /** What the sender's kernel has of it. */
  get queuedBytes(): number {
    return this.#waitingBytes + this.#inFlightBytes
  }

  send(chunks: readonly Buffer[]): void {
    if (this.#isDead || this.#hasEnded) return
    for (const chunk of chunks) {
      // The program may not write to them again, but their memory may be a view of a journal that is trimmed.
      this.#waiting.push(Buffer.from(chunk))
      this.#waitingBytes += chunk.length
    }
    this.#transmit()
  }

  /** The sender has no more to say. */
  end(): void {
    if (this.#isDead || this.#hasEnded) return
    this.#hasEnded = true
    this.#waiting.push('end')
    this.#transmit()
  }

  /** The receiver takes nothing any more. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // As TCP does where bytes are thrown away unread.
    if (this.#arrivedBytes > 0 && !this.#isDead) this.#answerByReset()
    this.#arrived = []
    this.#arrivedBytes = 0
  }

  /** The receiving program wants bytes. */
  read(): void {
    if (this.#arrived.length > 0) this.#network.soon(this.to, () => this.#deliver())
  }

  /** The network lets bytes through again. */
  resume(): void {
    const held = this.#held
    this.#held = []
    for (const segment of held) this.#arrive(segment)
  }

  /** Both ends are told that the connection is no more, or, where `isSilent`, nobody is. */
  break(isSilent: boolean): void {
    if (this.#isDead) return
    this.#isDead = true
    this.#waiting = []
    this.#held = []
    if (isSilent || this.#isClosed) return
    this.#network.reset(this.to)
  }

  #transmit(): void {
    while (this.#waiting.length > 0 && this.#inFlightBytes + this.#arrivedBytes < RECEIVE_BUFFER_BYTES) {
      const segment = this.#waiting[0]!
      if (segment === 'end') {
        this.#waiting.shift()
        this.#launch('end', 0)
        return
      }
      const length = Math.min(segment.length, this.#random.chance(0.3) ? 1 + this.#random.below(200) : 8192)
      if (length === segment.length) this.#waiting.shift()
      else this.#waiting[0] = segment.subarray(length)
      this.#waitingBytes -= length
      this.#launch(segment.subarray(0, length), length)
    }
  }

  #launch(segment: Segment, length: number): void {
    this.#inFlightBytes += length
    const { latency, bytesPerMillisecond } = this.#network.route(this.from.host, this.to.host)
    const earliest = this.#network.now + latency * this.#random.between(0.5, 1.5)
    this.#lastArrivalAt = Math.max(this.#lastArrivalAt, earliest) + length / bytesPerMillisecond
    this.#network.at(this.#lastArrivalAt, () => this.#arrive(segment))
  }

  #arrive(segment: Segment): void {
    if (this.#isDead) return
    if (!this.#network.isOpen(this.from.host, this.to.host)) {
      this.#held.push(segment)
      return
    }
    const length = segment === 'end' ? 0 : segment.length
    this.#inFlightBytes -= length
    this.#network.note(segment === 'end' ? null : segment, this.to.host)
    if (!this.to.process.isAlive || this.#isClosed) {
      // A host without power answers nothing; what runs on it later knows of no connection.
      if (length > 0 && this.#network.isUp(this.to.host)) this.#answerByReset()
      return
    }
    this.#arrived.push(segment)
    this.#arrivedBytes += length
    this.#deliver()
    this.#network.soon(this.from, () => {
      if (this.queuedBytes < SEND_BUFFER_BYTES) this.from.hasRoom()
    })
    this.#transmit()
  }

  #deliver(): void {
    if (this.#isClosed || !this.to.process.isAlive) return
    this.to.process.deliver(() => {
      while (this.#arrived.length > 0 && this.to.isReading) {
        const segment = this.#arrived.shift()!
        if (segment === 'end') this.to.receiveEnd()
        else {
          this.#arrivedBytes -= segment.length
          this.to.receive(segment)
        }
      }
    })
    this.#transmit()
  }

  #answerByReset(): void {
    this.#isDead = true
    this.#waiting = []
    const { back } = this
    const { latency } = this.#network.route(this.to.host, this.from.host)
    this.#network.at(this.#network.now + latency, () => {
      back?.break(true)
      this.#network.reset(this.from)
    })
  }
}
