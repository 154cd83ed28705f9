import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from './clock.ts'

/** How a master treats its slaves. */
export interface MasterOptions {
  /** What a slave must know; none by default. Both sides prove it to each other. */
  readonly password?: string | null
  /** The longest silence of a slave, in ms. Default 60,000. */
  readonly timeout?: number
  /** The longest silence of the master, in ms. Default 10,000. */
  readonly pingPeriod?: number
  /** How long the file of a broken transfer is kept for whoever comes back for the rest, in ms. Default 300,000. */
  readonly snapshotRetention?: number
  /** Connections at a time, those of the transfers included. Default 1,000. */
  readonly maxConnections?: number
  /** Whether to compress by zstd where the slave can. Default false. */
  readonly compression?: boolean
  /** Time and randomness, for simulations. */
  readonly clock?: Clock
  readonly randomBytes?: (length: number) => Buffer
}

/** The options with every default filled in. */
export type ResolvedMasterOptions = {
  readonly [Name in keyof MasterOptions]-?: Exclude<MasterOptions[Name], undefined>
}

/** Fills in the defaults. @throws RangeError for a period or number that is not positive. */
export function resolveMasterOptions(options: MasterOptions): ResolvedMasterOptions {
  return {
    password: options.password || null,
    timeout: positive('timeout', options.timeout ?? 60_000),
    pingPeriod: positive('pingPeriod', options.pingPeriod ?? 10_000),
    snapshotRetention: positive('snapshotRetention', options.snapshotRetention ?? 300_000),
    maxConnections: positive('maxConnections', options.maxConnections ?? 1_000),
    compression: options.compression ?? false,
    clock: options.clock ?? systemClock,
    randomBytes: options.randomBytes ?? randomBytes,
  }
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value
  throw new RangeError(`${name} must be a positive number, and is ${value}`)
}
