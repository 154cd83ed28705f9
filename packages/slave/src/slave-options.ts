import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Clock, systemClock } from '@repl/protocol'
import type { MasterAddress } from './following/following-state.ts'

/** How a slave follows its master. */
export interface SlaveOptions {
  /** What the master must know, and is shown to it; none by default. */
  password?: string | null
  /** The longest silence of the master, and the longest time to connect, in ms. Default 60,000. */
  timeout?: number
  /** From one attempt to connect to the next, in ms. Default 1,000. */
  retryPeriod?: number
  /** Between two acknowledgements, in ms. Default 1,000. */
  acknowledgementPeriod?: number
  /** Where clients and further slaves reach this node; the master shows it. */
  announcedHost?: string
  announcedPort?: number
  /** Whether to accept compression by zstd where the master offers it. Default true. */
  compression?: boolean
  /**
   * Whether a snapshot is loaded while it is received, as Redis's `repl-diskless-load`, beside what is shown until it is
   * complete and its checksum is right: never (`disabled`), where there is no old data, so that it takes no more memory
   * (`on-empty-db`, the default), or always (`swapdb`).
   */
  disklessLoad?: 'disabled' | 'on-empty-db' | 'swapdb'
  /**
   * What follows where the data set is not the master's at the same offset: nothing but the event, the counter and the
   * log (`none`, the default), or a full resynchronisation.
   */
  digestMismatchAction?: 'none' | 'resync'
  /** Every so many ms all memory is read for the comparison, which finds bytes that changed by themselves; 0 for never. Default 600,000. */
  memoryCheckPeriod?: number
  /**
   * How long what has come of a snapshot is kept after its transfer broke, in ms; a restart begins the time anew.
   * Default 3,600,000: after that a master's journal, as it is kept by default, no longer reaches back to the snapshot.
   */
  incomingRetention?: number
  /** Opens a connection, for simulations and for TLS: a duplex stream that emits 'connect'. */
  connect?: (master: MasterAddress) => Duplex
  /** Time and randomness, for simulations. */
  clock?: Clock
  randomBytes?: (length: number) => Buffer
}

/** The options with every default filled in. May be changed at any time, and hold from the next link on. */
export type ResolvedSlaveOptions = { -readonly [Name in keyof SlaveOptions]-?: Exclude<SlaveOptions[Name], undefined> }

/** Fills in the defaults. @throws RangeError for a period that is not positive. */
export function resolveSlaveOptions(options: SlaveOptions): ResolvedSlaveOptions {
  return {
    password: options.password || null,
    timeout: positive('timeout', options.timeout ?? 60_000),
    retryPeriod: positive('retryPeriod', options.retryPeriod ?? 1_000),
    acknowledgementPeriod: positive('acknowledgementPeriod', options.acknowledgementPeriod ?? 1_000),
    announcedHost: options.announcedHost ?? '',
    announcedPort: options.announcedPort ?? 0,
    compression: options.compression ?? true,
    disklessLoad: options.disklessLoad ?? 'on-empty-db',
    digestMismatchAction: options.digestMismatchAction ?? 'none',
    memoryCheckPeriod: options.memoryCheckPeriod ?? 600_000,
    incomingRetention: positive('incomingRetention', options.incomingRetention ?? 3_600_000),
    connect: options.connect ?? (({ host, port }) => connect({ host, port, noDelay: true })),
    clock: options.clock ?? systemClock,
    randomBytes: options.randomBytes ?? randomBytes,
  }
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value
  throw new RangeError(`${name} must be a positive number, and is ${value}`)
}
