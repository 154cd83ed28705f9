import type { Step } from '@repl/protocol'
import type { Divergence } from './digest/digest-check.ts'
import type { SlaveError } from './errors.ts'

/**
 * Where a slave is:
 *
 * - `none`: it follows nobody
 * - `connect`: it waits for the timer to try again
 * - `connecting`, `handshake`: the connection is being opened, the two get to know each other
 * - `sync`: the master is asked, or persists
 * - `transfer`: the snapshot is fetched
 * - `loading`: it is read into memory; reads still see the old data
 * - `connected`: the stream flows
 */
export type SlaveState = 'none' | 'connect' | 'connecting' | 'handshake' | 'sync' | 'transfer' | 'loading' | 'connected'

/** How much of the snapshot has been received. */
export interface SlaveProgress {
  readonly bytes: number
  readonly size: number
}

/** Counters since the slave was made. */
export interface SlaveStatistics {
  readonly attempts: number
  readonly fullSynchronizations: number
  readonly partialSynchronizations: number
  /** Bytes of snapshots and of the stream. */
  readonly bytesReceived: number
  /** Comparisons of the data set with the master's, and how many of them found a difference. */
  readonly digestChecks: number
  readonly digestMismatches: number
  /** Comparisons for which all memory was read. */
  readonly memoryChecks: number
}

/** What a slave tells. */
export interface SlaveEvents {
  state: [SlaveState]
  progress: [SlaveProgress]
  /** One of the eight steps is done. */
  step: [Step]
  /** All that the master had when the stream began is in memory. */
  online: []
  /** The master says that this node needs a snapshot, and why. */
  fullSynchronization: [reason: string]
  /** The node that was to take this one's place has done so (`slaveof` with `takeOver`); it is followed from here on. */
  handedOver: []
  /** It refuses to; this node still asks for a place as its slave. */
  takeOverRefused: [SlaveError]
  /** The data set is not the master's. What follows is what the option `digestMismatchAction` says. */
  divergence: [Divergence]
  /** The master has as many transfers under way as it allows; 1 is next. */
  queued: [place: number]
  /** An attempt or the link failed; it is tried again by itself. Not thrown where nobody listens. */
  error: [SlaveError]
}
