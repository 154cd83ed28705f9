import type {
  AuthenticationChallengeMessage,
  AuthenticationProofMessage,
  BegunSnapshot,
  Capability,
  MasterMessage,
  PingMessage,
  SlaveMessage,
  Step,
} from '@repl/protocol'
import type { MasterError } from '../errors.ts'
import type { MasterFacts } from '../synchronization-decision.ts'

/**
 * Where a link is:
 *
 * - `connected`: the slave's ping is awaited (step 3)
 * - `challenged`: the slave must prove the password (step 4)
 * - `welcomed`: the pong is out, the slave's request is awaited
 * - `takingOver`: the slave was the master, and this node becomes it before it answers
 * - `persisting`: a snapshot is being written, or waited for (step 5)
 * - `sending`: the slave fetches and stores the snapshot (step 6)
 * - `streaming`: the stream of writes flows (steps 7 and 8)
 * - `closed`: over; whatever comes is ignored
 */
export type MasterLinkPhase =
  | 'connected'
  | 'challenged'
  | 'welcomed'
  | 'takingOver'
  | 'persisting'
  | 'sending'
  | 'streaming'
  | 'closed'

/** A snapshot as the slave is told of it. */
export interface SnapshotOffer {
  readonly id: string
  readonly replicationId: string
  readonly offset: number
  /** In bytes; 0 while it is being written. */
  readonly size: number
  /** 32 random bytes, shown on the second connection. */
  readonly token: Uint8Array
  /** For people: where it comes from. */
  readonly origin: string
}

/** What happens to a link. */
export type MasterLinkInput =
  /** This node has become the master, as the action `takeOver` asked for. */
  | { readonly type: 'tookOver' }
  /** The nodes that this one is fed through are others now. */
  | { readonly type: 'upstreamChanged' }
  | { readonly type: 'message'; readonly message: SlaveMessage }
  /** The snapshot that the action `persist` asked for. */
  | { readonly type: 'snapshotReady'; readonly offer: SnapshotOffer }
  /** One that was being written is whole. */
  | { readonly type: 'snapshotWhole'; readonly size: number; readonly origin: string }
  | { readonly type: 'snapshotFailed'; readonly error: Error }
  /** A transfer of the offered snapshot has come as far as this byte of the file. */
  | { readonly type: 'transferProgress'; readonly bytes: number }
  /** Somebody waits until the slave has acknowledged this offset. */
  | { readonly type: 'acknowledgementWanted'; readonly offset: number }
  /** The stream has been sent up to this offset. */
  | { readonly type: 'streamed'; readonly offset: number }
  /** The connection is gone; null for an orderly end. */
  | { readonly type: 'disconnected'; readonly error: Error | null }
  /** The link must end: the history has changed, the master closes, the journal can't be read. */
  | { readonly type: 'refuse'; readonly code: string; readonly reason: string }
  /** Time has passed; due when `deadline` is reached. */
  | { readonly type: 'tick' }

/** What is to be done for a link, in this order. */
export type MasterLinkAction =
  | { readonly type: 'send'; readonly message: MasterMessage }
  /** Both sides are known to each other. */
  | { readonly type: 'established'; readonly ping: PingMessage }
  /**
   * Become the master in place of the one who asks, with all of its history up to `offset` at least: answer with
   * `tookOver` or `refuse`.
   */
  | { readonly type: 'takeOver'; readonly replicationId: string; readonly offset: number }
  /** Have a snapshot, best the one that the slave has begun: answer with `snapshotReady` or `snapshotFailed`. */
  | { readonly type: 'persist'; readonly begun: BegunSnapshot | null }
  | { readonly type: 'partial' }
  /** What came of the offered snapshot has a wrong checksum. */
  | { readonly type: 'damaged' }
  | { readonly type: 'full'; readonly reason: string }
  /** Send the stream from this offset on. */
  | { readonly type: 'stream'; readonly from: number }
  /** The slave's position has changed. */
  | { readonly type: 'acknowledged' }
  | { readonly type: 'step'; readonly step: Step }
  /** Send the refusal, if there is one, close, and stop everything that belongs to the link. Always the last action. */
  | {
      readonly type: 'close'
      readonly refusal: { readonly code: string; readonly reason: string } | null
      readonly error: MasterError
    }

/** The master's side of the password, with all randomness behind it. */
export interface Authenticator {
  challenge(clientNonce: string): AuthenticationChallengeMessage
  /** The signature for the pong, or null where the proof is wrong. */
  check(
    clientNonce: string,
    challenge: AuthenticationChallengeMessage,
    proof: AuthenticationProofMessage,
  ): Uint8Array | null
}

/** What a link is made of. What may change while the link stands is asked for whenever there is need. */
export interface MasterLinkSetup {
  /** Named in errors: `127.0.0.1:41234`. */
  readonly slave: string
  /** Null for a master without a password. */
  readonly authenticator: Authenticator | null
  readonly capabilities: readonly Capability[]
  readonly runId: string
  /** The longest silence of the slave, in ms. May change. */
  readonly timeout: number
  /** The longest silence of the master, in ms. May change. */
  readonly pingPeriod: number
  /** The nodes that this one is fed through, nearest first; none by default. */
  readonly upstream?: () => readonly string[]
  readonly facts: () => MasterFacts
  /** Until when (Unix milliseconds) no full synchronisation may begin; 0 where one may. */
  readonly fullSynchronizationGate?: () => number
}
