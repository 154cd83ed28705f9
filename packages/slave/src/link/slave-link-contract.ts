import type {
  AuthenticationChallengeMessage,
  AuthenticationProofMessage,
  BegunSnapshot,
  Capability,
  MasterMessage,
  SlaveMessage,
  SnapshotReadyMessage,
  Step,
} from '@repl/protocol'
import type { FormerHistory } from '@repl/store'
import type { SlaveError } from '../errors.ts'

/**
 * Where a link is:
 *
 * - `connecting`: the socket is being opened (step 2)
 * - `pinging`: the ping is out, the master has not answered (step 3)
 * - `proving`: the master's challenge is being answered, or its verdict is awaited (step 4)
 * - `synchronizing`: the master decides how the slave gets what it lacks
 * - `waiting`: the master persists a snapshot (step 5)
 * - `transferring`: the snapshot is fetched and stored (step 6)
 * - `streaming`: the stream of writes flows (steps 7 and 8)
 * - `closed`: over; whatever comes is ignored
 */
export type SlaveLinkPhase =
  | 'connecting'
  | 'pinging'
  | 'proving'
  | 'synchronizing'
  | 'waiting'
  | 'transferring'
  | 'streaming'
  | 'closed'

/** What happens to a link. */
export type SlaveLinkInput =
  | { readonly type: 'opened' }
  | { readonly type: 'message'; readonly message: MasterMessage }
  /** The answer to the challenge of the action `answer` has been computed. */
  | { readonly type: 'answered'; readonly proof: AuthenticationProofMessage; readonly serverSignature: Uint8Array }
  /** The snapshot of the action `transfer` lies verified on this disk, and the store's history is now its history. */
  | { readonly type: 'adopted'; readonly size: number }
  /** The store's memory holds the snapshot. */
  | { readonly type: 'loaded' }
  /** What the store has received became durable. */
  | { readonly type: 'durable' }
  /** The connection is gone; null for an orderly end. */
  | { readonly type: 'disconnected'; readonly error: Error | null }
  /** Time has passed; due when `deadline` is reached. */
  | { readonly type: 'tick' }
  /** The link's owner met a failure that ends the link. */
  | { readonly type: 'failed'; readonly error: SlaveError }

/** What is to be done for a link, in this order. */
export type SlaveLinkAction =
  /** The stream is at `offset`, where the master's data set has this digest. */
  | { readonly type: 'digest'; readonly offset: number; readonly digest: string }
  /** Other slaves' transfers are under way; 1 is next. */
  | { readonly type: 'queued'; readonly place: number }
  | { readonly type: 'send'; readonly message: SlaveMessage }
  /** Prove to the master that the slave knows the password: answer with the input `answered` or `failed`. */
  | { readonly type: 'answer'; readonly challenge: AuthenticationChallengeMessage }
  /** Both sides are known to each other: `capabilities` are those that the master has. */
  | { readonly type: 'established'; readonly capabilities: readonly Capability[]; readonly masterRunId: string }
  /** The stream comes through these nodes, the master first. */
  | { readonly type: 'upstream'; readonly runIds: readonly string[] }
  /** The store's copy is good, and its history is called this from now on. */
  | { readonly type: 'continue'; readonly replicationId: string; readonly former: readonly FormerHistory[] }
  /** A full resynchronisation has begun. */
  | { readonly type: 'resynchronize'; readonly reason: string }
  /** Fetch, store and adopt this snapshot: answer with `adopted` or `failed`. */
  | { readonly type: 'transfer'; readonly snapshot: SnapshotReadyMessage }
  /** The next bytes of the stream. */
  | { readonly type: 'apply'; readonly data: Buffer }
  /** The store holds all that the master had when the stream began. */
  | { readonly type: 'online' }
  /** Another acknowledgement is wanted as soon as what has been received is durable: answer with `durable`. */
  | { readonly type: 'awaitDurable' }
  | { readonly type: 'step'; readonly step: Step }
  /** Close the connection and stop everything that belongs to the link. Always the last action. */
  | { readonly type: 'fail'; readonly error: SlaveError }

/** How far the store is, in bytes of the stream. */
export interface SlavePosition {
  /** 40 hexadecimal digits; empty where there is nothing to go on from. */
  readonly replicationId: string
  /** Its earlier ids. */
  readonly former?: readonly FormerHistory[]
  /** Received into the journal: whole commands only. */
  readonly received: number
  /** Applied to memory; 0 while a snapshot is loaded. */
  readonly applied: number
  readonly durable: number
}

/** What a link is made of. Nothing in it but `position` and `timeout` is ever asked again. */
export interface SlaveLinkSetup {
  /** Named in errors: `127.0.0.1:6380`. */
  readonly master: string
  readonly password: string | null
  readonly capabilities: readonly Capability[]
  readonly clientNonce: string
  readonly announcedHost: string
  readonly announcedPort: number
  readonly runId: string
  /** Whether the one at the other end is asked to take this node's place as the master. */
  readonly takeOver?: boolean
  /** And may lack what this node has: that is lost. */
  readonly acceptsLoss?: boolean
  /** What is there of a snapshot whose transfer broke. */
  readonly begun?: BegunSnapshot | null
  /** The longest silence of the master, in ms. May change. */
  readonly timeout: number
  /** Between two acknowledgements, in ms. */
  readonly acknowledgementPeriod: number
  /** How far the store is now. */
  readonly position: () => SlavePosition
  /** Whether a pong's signature is the expected one, in constant time. */
  readonly isServerSignature: (expected: Uint8Array, received: Uint8Array) => boolean
}
