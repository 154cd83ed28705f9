import type { Capability } from './capability.ts'

/** What a slave says on a connection to a master. Field names are those of `proto/repl/v1`, in camel case. */
export type SlaveMessage =
  | PingMessage
  | AuthenticationProofMessage
  | SynchronizationRequestMessage
  | SnapshotStoredMessage
  | AcknowledgementMessage
  | SnapshotRequestMessage
  | SnapshotDamagedMessage

/** What a master says on a link. */
export type MasterMessage =
  | AuthenticationChallengeMessage
  | PongMessage
  | RefusalMessage
  | PartialResynchronizationMessage
  | FullResynchronizationMessage
  | SnapshotReadyMessage
  | StreamChunkMessage
  | HeartbeatMessage
  | AcknowledgementRequestMessage
  | DigestCheckpointMessage
  | QueuePlaceMessage

/** What a master says on a FetchSnapshot connection. */
export type SnapshotMessage = SnapshotDataMessage | SnapshotEndMessage | RefusalMessage

/** The first message of a link, and SCRAM's client-first-message. */
export interface PingMessage {
  readonly type: 'ping'
  readonly protocolVersion: number
  /** Without those that this side does not know. */
  readonly capabilities: readonly Capability[]
  readonly clientNonce: string
  /** Where clients and further slaves reach this slave; empty for nowhere. */
  readonly announcedHost: string
  /** 0 for nowhere. */
  readonly announcedPort: number
  /** 40 lower-case hexadecimal digits, new at every start of the process. */
  readonly runId: string
}

/** SCRAM's server-first-message. */
export interface AuthenticationChallengeMessage {
  readonly type: 'authenticationChallenge'
  /** The client nonce followed by the master's own. */
  readonly nonce: string
  readonly salt: Uint8Array
  readonly iterations: number
}

/** SCRAM's client-final-message. */
export interface AuthenticationProofMessage {
  readonly type: 'authenticationProof'
  readonly nonce: string
  /** 32 bytes. */
  readonly clientProof: Uint8Array
}

/** The answer to a ping: the connection stands. */
export interface PongMessage {
  readonly type: 'pong'
  readonly protocolVersion: number
  readonly capabilities: readonly Capability[]
  /** SCRAM's ServerSignature, 32 bytes; empty where the master has no password. */
  readonly serverSignature: Uint8Array
  /** 40 lower-case hexadecimal digits. */
  readonly runId: string
  /** The run ids of the nodes that the master is fed through, nearest first. */
  readonly upstreamRunIds?: readonly string[]
}

/** The connection is refused; the master closes it after this message. */
export interface RefusalMessage {
  readonly type: 'refusal'
  /** For programs, such as `WRONG_PASSWORD`: upper-case letters, digits and underscores. */
  readonly code: string
  /** For people. What arrives is cut to {@link MAX_REASON_LENGTH} characters and free of control characters. */
  readonly reason: string
}

/** Asks to go on from where the slave's copy ends. */
export interface SynchronizationRequestMessage {
  readonly type: 'synchronizationRequest'
  /** 40 lower-case hexadecimal digits; empty for a slave that has nothing. */
  readonly replicationId: string
  /** The first byte of the stream that the slave lacks. */
  readonly offset: number
  /** Earlier ids of the copy; one that is valid up to `offset` names it too. */
  readonly former?: readonly FormerHistoryField[]
  /** The one who asks was the master until now, and hands over. */
  readonly takeOver?: boolean
  /** With `takeOver`: also to a slave that has less than up to `offset`. */
  readonly acceptsLoss?: boolean
  /** What came of a snapshot before its transfer broke. */
  readonly begun?: BegunSnapshot
}

/** The beginning of a snapshot's file, on the disk of the slave. */
export interface BegunSnapshot {
  readonly snapshotId: string
  /** How many bytes of it are there. */
  readonly bytes: number
}

/** The stream goes on from the offset that was asked for. */
export interface PartialResynchronizationMessage {
  readonly type: 'partialResynchronization'
  readonly replicationId: string
  readonly offset: number
  /** The earlier ids of the master's history, newest first. */
  readonly former?: readonly FormerHistoryField[]
}

/** An id that a history once had: whoever has it and ends at `offset` or before shares the history. */
export interface FormerHistoryField {
  readonly replicationId: string
  readonly offset: number
}

/** The slave needs a snapshot; `snapshotReady` follows when there is one. */
export interface FullResynchronizationMessage {
  readonly type: 'fullResynchronization'
  readonly replicationId: string
  /** For people: why a partial resynchronisation was not possible. */
  readonly reason: string
}

/** A snapshot lies on the master's disk, or is being written there, and can be fetched. */
export interface SnapshotReadyMessage {
  readonly type: 'snapshotReady'
  /** Safe as part of a file name: letters, digits, `_`, `-` and `.`, no leading dot. */
  readonly snapshotId: string
  readonly replicationId: string
  /** The offset that the snapshot stands for. */
  readonly offset: number
  /** Bytes of the file; 0 while it is being written. */
  readonly size: number
  /** Shown on the FetchSnapshot connection: 32 bytes. */
  readonly token: Uint8Array
  /** The earlier ids of the snapshot's history, newest first. */
  readonly former?: readonly FormerHistoryField[]
  /** For people: where the file comes from. Cut and cleaned as a refusal's reason. */
  readonly origin?: string
}

/** The first and only message of a FetchSnapshot connection. */
export interface SnapshotRequestMessage {
  readonly type: 'snapshotRequest'
  readonly snapshotId: string
  readonly token: Uint8Array
  /** The first byte wanted. */
  readonly from: number
}

/** The slave has the whole file on its disk, verified. */
export interface SnapshotStoredMessage {
  readonly type: 'snapshotStored'
  readonly snapshotId: string
}

/** A piece of the replication stream; a command may begin in one piece and end in another. */
export interface StreamChunkMessage {
  readonly type: 'streamChunk'
  /** The offset of the first byte of `data`. */
  readonly offset: number
  /** What arrives is a view of the bytes as they were received, never written to again. */
  readonly data: Buffer
}

/** The master lives; sent where nothing else was for a while. */
export interface HeartbeatMessage {
  readonly type: 'heartbeat'
  /** The end of the master's stream. */
  readonly offset: number
  /** The run ids of the nodes that the master is fed through now, nearest first. */
  readonly upstreamRunIds?: readonly string[]
}

/** The master wants an acknowledgement at once. */
export interface AcknowledgementRequestMessage {
  readonly type: 'acknowledgementRequest'
}

/** How far the slave is. */
export interface AcknowledgementMessage {
  readonly type: 'acknowledgement'
  /** Received into the slave's journal. */
  readonly receivedOffset: number
  /** Applied to the slave's memory. */
  readonly appliedOffset: number
  /** On the slave's disk. */
  readonly durableOffset: number
}

/** Where both sides compare their data sets. */
export interface DigestCheckpointMessage {
  readonly type: 'digestCheckpoint'
  /** The end of what the digest is of: this very place of the stream. */
  readonly offset: number
  /** 32 hexadecimal digits. */
  readonly digest: string
}

/** As many transfers are under way as the master allows: this slave waits in line. */
export interface QueuePlaceMessage {
  readonly type: 'queuePlace'
  /** 1 is next. */
  readonly place: number
}

/** The whole file has come and its checksum is wrong. */
export interface SnapshotDamagedMessage {
  readonly type: 'snapshotDamaged'
  readonly snapshotId: string
}

/** The next bytes of the snapshot file. */
export interface SnapshotDataMessage {
  readonly type: 'data'
  /** What arrives is a view of the bytes as they were received, never written to again. */
  readonly data: Buffer
}

/** The file has been sent to its end. */
export interface SnapshotEndMessage {
  readonly type: 'end'
  /** Bytes of the whole file. */
  readonly size: number
}
