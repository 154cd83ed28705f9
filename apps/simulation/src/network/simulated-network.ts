import type { Duplex } from 'node:stream'
import type { SimulatedClock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import { outsideProcesses, SimulatedProcess } from '../runtime/simulated-process.ts'
import { Direction } from './direction.ts'
import { SimulatedSocket } from './simulated-socket.ts'

/** How a route is at the moment. */
export interface Route {
  /** ms from one host to the other. */
  readonly latency: number
  readonly bytesPerMillisecond: number
}

interface Listener {
  readonly process: SimulatedProcess
  readonly accept: (stream: Duplex) => void
}

interface Connection {
  readonly hosts: readonly [string, string]
  readonly directions: readonly [Direction, Direction]
}

const GOOD_ROUTE: Route = { latency: 1, bytesPerMillisecond: 10_000 }

/** Hosts that reach each other by name, or don't. */
export class SimulatedNetwork {
  readonly #clock: SimulatedClock
  readonly #random: Random
  /** Told of all bytes that arrive. */
  readonly note: (bytes: Buffer | null, host: string) => void
  readonly #listeners = new Map<string, Listener>()
  readonly #down = new Set<string>()
  readonly #blocked = new Set<string>()
  readonly #routes = new Map<string, Route>()
  #connections: Connection[] = []

  constructor(clock: SimulatedClock, random: Random, note: (bytes: Buffer | null, host: string) => void) {
    this.#clock = clock
    this.#random = random
    this.note = note
  }

  get now(): number {
    return this.#clock.now
  }

  // For programs

  /** Opens a connection, as net.connect does, in the name of the present process. */
  connect(from: string, to: string): Duplex {
    const process = SimulatedProcess.current
    if (process === undefined) throw new Error('only a process can connect')
    const socket = new SimulatedSocket(process, from)
    outsideProcesses(() => this.at(this.now + this.#roundTrip(from, to), () => this.#establish(socket, to)))
    return socket
  }

  /** Takes the connections that come to a host, until the process ends. */
  listen(host: string, accept: (stream: Duplex) => void): void {
    const process = SimulatedProcess.current
    if (process === undefined) throw new Error('only a process can listen')
    this.#listeners.set(host, { process, accept })
  }

  // For whoever makes trouble

  route(from: string, to: string): Route {
    return this.#routes.get(`${from}>${to}`) ?? GOOD_ROUTE
  }

  setRoute(from: string, to: string, route: Route | null): void {
    if (route === null) this.#routes.delete(`${from}>${to}`)
    else this.#routes.set(`${from}>${to}`, route)
  }

  isOpen(from: string, to: string): boolean {
    return !this.#blocked.has(`${from}>${to}`)
  }

  /** Nothing gets from one host to the other, and nobody is told. */
  block(from: string, to: string): void {
    this.#blocked.add(`${from}>${to}`)
  }

  unblock(from: string, to: string): void {
    this.#blocked.delete(`${from}>${to}`)
    for (const { directions } of this.#connections) {
      for (const direction of directions) {
        if (direction.from.host === from && direction.to.host === to) direction.resume()
      }
    }
  }

  /** All is well again. */
  heal(): void {
    this.#routes.clear()
    for (const pair of [...this.#blocked]) {
      const [from, to] = pair.split('>')
      this.unblock(from!, to!)
    }
  }

  /** Resets the connections between two hosts; answers how many. Each side learns of it, or not, in its own time. */
  cut(one: string, other: string): number {
    const cut = this.#connections.filter(({ hosts }) => hosts.includes(one) && hosts.includes(other))
    this.#connections = this.#connections.filter((connection) => !cut.includes(connection))
    for (const { directions } of cut) {
      for (const direction of directions) {
        const isSilent = this.#random.chance(0.2)
        this.at(this.now + this.#random.between(0, 20), () => direction.break(isSilent))
      }
    }
    return cut.length
  }

  /** The processes of a host are dead: their sockets are closed by the kernel. */
  closeSocketsOf(process: SimulatedProcess): void {
    for (const { directions } of this.#connections) {
      for (const { from } of directions) if (from.process === process) from.abandon()
    }
    this.#forgetOver()
  }

  /** The host has lost its power: its connections are gone, and nobody is told. */
  powerDown(host: string): void {
    this.#down.add(host)
    const gone = this.#connections.filter(({ hosts }) => hosts.includes(host))
    for (const { directions } of gone) {
      // What comes from there is lost; what goes there is answered only when the host is up again.
      for (const direction of directions) if (direction.from.host === host) direction.break(true)
    }
  }

  powerUp(host: string): void {
    this.#down.delete(host)
  }

  isUp(host: string): boolean {
    return !this.#down.has(host)
  }

  // For directions

  at(time: number, action: () => void): void {
    this.#clock.schedule(time - this.now, action)
  }

  /** In a later turn of the process that the socket belongs to. */
  soon(socket: SimulatedSocket, action: () => void): void {
    outsideProcesses(() => this.#clock.soon(() => socket.process.deliver(action)))
  }

  /** Tells a socket's process that the connection was reset. */
  reset(socket: SimulatedSocket): void {
    if (!socket.process.isAlive || socket.destroyed) return
    socket.process.deliver(() => socket.destroy(networkError('ECONNRESET', 'read')))
  }

  #roundTrip(from: string, to: string): number {
    return (this.route(from, to).latency + this.route(to, from).latency) * this.#random.between(0.5, 1.5)
  }

  #establish(socket: SimulatedSocket, to: string): void {
    if (!socket.process.isAlive || socket.destroyed) return
    const from = socket.host
    // No answer: the caller's time-out is all that ends this.
    if (!this.isOpen(from, to) || !this.isOpen(to, from) || !this.isUp(to)) return
    const listener = this.#listeners.get(to)
    if (listener === undefined || !listener.process.isAlive) {
      socket.process.deliver(() => socket.destroy(networkError('ECONNREFUSED', 'connect')))
      return
    }
    const accepted = new SimulatedSocket(listener.process, to)
    const forth = new Direction(this, this.#random, socket, accepted)
    const back = new Direction(this, this.#random, accepted, socket)
    forth.back = back
    back.back = forth
    this.#forgetOver()
    this.#connections.push({ hosts: [from, to], directions: [forth, back] })
    socket.attach(forth, back)
    accepted.attach(back, forth)
    // The system answers in the name of a program that is stopped.
    listener.process.deliver(() => listener.accept(accepted))
    socket.process.deliver(() => socket.emit('connect'))
  }

  #forgetOver(): void {
    this.#connections = this.#connections.filter(
      ({ directions: [forth, back] }) => !(isOver(forth.from) && isOver(back.from)),
    )
  }
}

function isOver(socket: SimulatedSocket): boolean {
  return socket.destroyed || !socket.process.isAlive
}

function networkError(code: string, operation: string): Error {
  return Object.assign(new Error(`${operation} ${code}`), { code })
}
