import type { Step } from '@repl/protocol'
import type { MasterError } from './errors.ts'
import type { SlaveStatus } from './slave-status.ts'

/** How far a full resynchronisation is, on the master. */
export interface SynchronizationProgress {
  readonly slave: string
  /** The persisting child writes, or the sending child sends. */
  readonly stage: 'persist' | 'send'
  readonly bytes: number
  /** 0 where it is not known yet. */
  readonly size: number
}

/** What a master tells. */
export interface MasterEvents {
  /** A slave has come, has got to another state, or (null) has gone. */
  slave: [slave: string, status: SlaveStatus | null]
  synchronization: [SynchronizationProgress]
  /** One of the eight steps is done. */
  step: [Step, slave: string]
  /** Something went wrong with one slave; the others don't feel it. Not thrown where nobody listens. */
  error: [MasterError | Error, slave: string]
}

/** Counters since the master was made. */
export interface MasterStatistics {
  readonly fullSynchronizations: number
  readonly partialAccepted: number
  /** Slaves that asked to go on and had to be given a snapshot. */
  readonly partialRefused: number
  readonly connectionsAccepted: number
  readonly connectionsRefused: number
  /** Bytes sent on links and for snapshots. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Bytes of the stream and of snapshots before compression. */
  readonly bytesCarried: number
  /** Digests of the data set that slaves were told. */
  readonly digestsAnnounced: number
  /** Snapshots that are being sent, or made for that, and slaves that wait in line. */
  readonly transfers: number
  readonly transfersWaiting: number
}
