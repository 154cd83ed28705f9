import { randomBytes } from 'node:crypto'
import { type Clock, MAX_COMPRESSION_LEVEL, MIN_COMPRESSION_LEVEL, systemClock } from '@repl/protocol'

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
  /**
   * A slave that needs a new snapshot waits so long for others, in ms, so that one serves them all; no longer when
   * `snapshotDelayMaxSlaves` wait, 0 for any number. Both 0 by default: who comes later shares a recent snapshot anyway.
   */
  readonly snapshotDelay?: number
  readonly snapshotDelayMaxSlaves?: number
  /** Connections at a time, those of the transfers included. Default 1,000. */
  readonly maxConnections?: number
  /** Whether to compress by zstd where the slave can. Default false. */
  readonly compression?: boolean
  /**
   * Writes of clients are refused with NOREPLICAS where fewer slaves than this stream and were heard of during the
   * last `minSlavesMaxLag` ms; either 0: never. Defaults 0 and 10,000.
   */
  readonly minSlavesToWrite?: number
  readonly minSlavesMaxLag?: number
  /** How long the end of the stream is kept in memory after the last slave has gone, in ms; 0 for ever. Default 0. */
  readonly backlogRetention?: number
  /** Whether small pieces of the stream leave at once (TCP_NODELAY). Default true. */
  readonly noDelay?: boolean
  /**
   * Becomes the master in place of the node that this one follows, which asks for it because it hands over: usually
   * `(replicationId, offset) => slave.takeOver(replicationId, offset)`. Without it, that is refused.
   */
  readonly takeOver?: ((replicationId: string, offset: number) => Promise<void>) | null
  /**
   * From one digest of the data set, which every slave compares with its own, to the next, in ms; 0 for none. Default
   * 10,000. While there are slaves it costs each write two hashes of its record.
   */
  readonly digestPeriod?: number
  /**
   * Whether a new snapshot is sent while it is being written, as with Redis's `repl-diskless-sync`; the file is written
   * all the same. Otherwise its transfer begins when it is whole. Default true.
   */
  readonly disklessSync?: boolean
  /** zstd's level for the stream and for snapshots, 1 to 19; holds from the next connection on. Default 1. */
  readonly compressionLevel?: number
  /**
   * The longest that a piece of the stream waits for more, in ms, so that more is compressed at a time. What somebody
   * waits for (WAIT) goes at once. Default 0.
   */
  readonly streamDelay?: number
  /** Transfers of snapshots at a time; other slaves wait in line and are told their place. 0 for any number. Default 8. */
  readonly maxTransfers?: number
  /** Bytes per second of all snapshots that are being sent, in equal parts; 0 for any number. Default 0. */
  readonly snapshotBytesPerSecond?: number
  /** Until then (Unix milliseconds) slaves that need a full synchronisation are refused. Default 0. */
  readonly fullSynchronizationGate?: number
  /** Time and randomness, for simulations. */
  readonly clock?: Clock
  readonly randomBytes?: (length: number) => Buffer
}

/** What of a master may be changed while it works. */
export type LiveMasterOptions = Pick<
  MasterOptions,
  | 'timeout'
  | 'pingPeriod'
  | 'snapshotRetention'
  | 'snapshotDelay'
  | 'snapshotDelayMaxSlaves'
  | 'minSlavesToWrite'
  | 'minSlavesMaxLag'
  | 'backlogRetention'
  | 'noDelay'
  | 'takeOver'
  | 'digestPeriod'
  | 'disklessSync'
  | 'compression'
  | 'compressionLevel'
  | 'streamDelay'
  | 'maxTransfers'
  | 'snapshotBytesPerSecond'
  | 'fullSynchronizationGate'
>

/** The options with every default filled in. Change them by {@link Master.configure}. */
export type ResolvedMasterOptions = {
  -readonly [Name in keyof MasterOptions]-?: Exclude<MasterOptions[Name], undefined>
}

/** Fills in the defaults. @throws RangeError for a period or number that is not positive. */
export function resolveMasterOptions(options: MasterOptions): ResolvedMasterOptions {
  return {
    password: options.password || null,
    timeout: positive('timeout', options.timeout ?? 60_000),
    pingPeriod: positive('pingPeriod', options.pingPeriod ?? 10_000),
    snapshotRetention: positive('snapshotRetention', options.snapshotRetention ?? 300_000),
    snapshotDelay: notNegative('snapshotDelay', options.snapshotDelay ?? 0),
    snapshotDelayMaxSlaves: notNegative('snapshotDelayMaxSlaves', options.snapshotDelayMaxSlaves ?? 0),
    maxConnections: positive('maxConnections', options.maxConnections ?? 1_000),
    compression: options.compression ?? false,
    minSlavesToWrite: notNegative('minSlavesToWrite', options.minSlavesToWrite ?? 0),
    minSlavesMaxLag: notNegative('minSlavesMaxLag', options.minSlavesMaxLag ?? 10_000),
    backlogRetention: notNegative('backlogRetention', options.backlogRetention ?? 0),
    noDelay: options.noDelay ?? true,
    takeOver: options.takeOver ?? null,
    digestPeriod: notNegative('digestPeriod', options.digestPeriod ?? 10_000),
    disklessSync: options.disklessSync ?? true,
    compressionLevel: compressionLevel(options.compressionLevel ?? 1),
    streamDelay: notNegative('streamDelay', options.streamDelay ?? 0),
    maxTransfers: notNegative('maxTransfers', options.maxTransfers ?? 8),
    snapshotBytesPerSecond: notNegative('snapshotBytesPerSecond', options.snapshotBytesPerSecond ?? 0),
    fullSynchronizationGate: notNegative('fullSynchronizationGate', options.fullSynchronizationGate ?? 0),
    clock: options.clock ?? systemClock,
    randomBytes: options.randomBytes ?? randomBytes,
  }
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value
  throw new RangeError(`${name} must be a positive number, and is ${value}`)
}

function notNegative(name: string, value: number): number {
  if (Number.isFinite(value) && value >= 0) return value
  throw new RangeError(`${name} must be a number from 0 on, and is ${value}`)
}

function compressionLevel(value: number): number {
  if (Number.isInteger(value) && value >= MIN_COMPRESSION_LEVEL && value <= MAX_COMPRESSION_LEVEL) return value
  throw new RangeError(
    `compressionLevel must be an integer from ${MIN_COMPRESSION_LEVEL} to ${MAX_COMPRESSION_LEVEL}, and is ${value}`,
  )
}
