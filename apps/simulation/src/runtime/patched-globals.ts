import crypto, { pbkdf2Sync } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'
import { SimulatedClock } from './clock.ts'
import { Random } from './random.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { SimulatedImmediate, SimulatedTimer } from './simulated-timers.ts'

/** When every simulation begins: 2030-01-01, in unix ms. */
export const SIMULATION_EPOCH = Date.UTC(2030, 0, 1)

/** What stands for this process's id. */
const PROCESS_ID = 1000

/** Derived keys, by password, salt and iterations: they are slow on purpose, and a simulation has time for few. */
const derivedKeys = new Map<string, Buffer>()

let clock = new SimulatedClock()
let random = new Random(0, 'before the first simulation')
let nativeSetImmediate: typeof setImmediate
let isBeforeAllExpiries = false

/**
 * Puts simulated time and randomness in the place of Node.js's own, for all modules that are loaded after this.
 * Promises, process.nextTick and queueMicrotask stay as they are: they depend on no clock.
 */
export function patchGlobals(): void {
  nativeSetImmediate = globalThis.setImmediate
  const patches = {
    setTimeout: (callback: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) =>
      new SimulatedTimer(clock, delay ?? 1, false, () => callback(...args)),
    setInterval: (callback: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) =>
      new SimulatedTimer(clock, delay ?? 1, true, () => callback(...args)),
    setImmediate: (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
      new SimulatedImmediate(clock, () => callback(...args)),
    clearTimeout: cancel,
    clearInterval: cancel,
    clearImmediate: cancel,
  }
  Object.assign(globalThis, patches)
  Object.assign(timers, patches)
  Object.assign(timersPromises, {
    setTimeout: (delay: number, value: unknown) =>
      new Promise((resolve) => patches.setTimeout(() => resolve(value), delay)),
    setImmediate: (value: unknown) => new Promise((resolve) => patches.setImmediate(() => resolve(value))),
    setInterval: () => refuse('setInterval of node:timers/promises'),
  })
  AbortSignal.timeout = () => refuse('AbortSignal.timeout')
  globalThis.Date = SimulatedDate as DateConstructor
  Object.defineProperty(performance, 'now', { value: () => clock.now })
  Object.defineProperty(performance, 'timeOrigin', { value: SIMULATION_EPOCH })
  Object.defineProperty(process, 'pid', { value: PROCESS_ID })
  Math.random = () => random.next()
  Object.assign(crypto, { randomBytes, pbkdf2 })
  syncBuiltinESMExports()
}

/** Begins another simulation: time is 0 again, and randomness is the seed's. */
export function beginSimulation(newClock: SimulatedClock, newRandom: Random): void {
  clock = newClock
  random = newRandom
}

/** Lets all promises and ticks run that can: a true turn of the event loop. */
export function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => nativeSetImmediate(resolve))
}

/** Carries out an action for which nothing has expired, so that whoever only looks at the data changes nothing. */
export function beforeAllExpiries<T>(action: () => T): T {
  isBeforeAllExpiries = true
  try {
    return action()
  } finally {
    isBeforeAllExpiries = false
  }
}

/** The wall clock of whoever asks, in unix ms. */
function wallClock(): number {
  if (isBeforeAllExpiries) return 0
  return Math.floor(SIMULATION_EPOCH + clock.now + (SimulatedProcess.current?.clockSkew ?? 0))
}

class SimulatedDate extends Date {
  constructor(...args: [] | [number | string]) {
    if (args.length === 0) super(wallClock())
    else super(args[0])
  }

  static override now(): number {
    return wallClock()
  }
}

function cancel(timer: unknown): void {
  if (timer instanceof SimulatedTimer || timer instanceof SimulatedImmediate) timer.cancel()
}

function randomBytes(length: number, callback?: (error: null, bytes: Buffer) => void): Buffer | undefined {
  const bytes = Buffer.alloc(length)
  random.fill(bytes)
  if (callback === undefined) return bytes
  timers.setImmediate(() => callback(null, bytes))
  return undefined
}

/** In this turn, not on another thread, whose speed nobody knows. */
function pbkdf2(
  password: string,
  salt: Buffer,
  iterations: number,
  length: number,
  digest: string,
  callback: (error: null, key: Buffer) => void,
): void {
  const name = `${password} ${salt.toString('hex')} ${iterations} ${length} ${digest}`
  const key = derivedKeys.get(name) ?? pbkdf2Sync(password, salt, iterations, length, digest)
  derivedKeys.set(name, key)
  timers.setImmediate(() => callback(null, key))
}

function refuse(what: string): never {
  throw new Error(`${what} is not simulated`)
}
