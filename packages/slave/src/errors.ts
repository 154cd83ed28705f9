/**
 * Why a slave is not (or not yet) in step with its master. `code` is stable and for programs; the message is for
 * people and names the master, the limit and the value.
 */
export abstract class SlaveError extends Error {
  abstract readonly code: string
  override get name(): string {
    return this.constructor.name
  }
}

/** No connection to the master could be opened: refused, no route, unknown name, or no answer in time. */
export class MasterUnreachableError extends SlaveError {
  readonly code = 'MASTER_UNREACHABLE'
}

/** The connection stands, but the master said nothing for longer than the time-out. */
export class MasterSilentError extends SlaveError {
  readonly code = 'MASTER_SILENT'
}

/** The master refused, and said why. `code` is the code of its refusal: `WRONG_PASSWORD`, `PERSISTING_FAILED`, … */
export class MasterRefusedError extends SlaveError {
  readonly code: string
  readonly reason: string
  constructor(code: string, reason: string) {
    super(`the master refused: ${reason} (${code})`)
    this.code = code
    this.reason = reason
  }
}

/** The master wants a password and the slave has none. */
export class PasswordRequiredError extends SlaveError {
  readonly code = 'PASSWORD_REQUIRED'
}

/** The slave has a password, and the master has none and so can't prove that it is the right one. */
export class MasterWithoutPasswordError extends SlaveError {
  readonly code = 'MASTER_WITHOUT_PASSWORD'
}

/** The master did not prove that it knows the password. */
export class MasterUnprovenError extends SlaveError {
  readonly code = 'MASTER_UNPROVEN'
}

/** What answers at the master's address speaks something else. */
export class NotAMasterError extends SlaveError {
  readonly code = 'NOT_A_MASTER'
}

/** The master broke the protocol after it had begun well. */
export class ProtocolViolationError extends SlaveError {
  readonly code = 'PROTOCOL_VIOLATION'
}

/** The master that this slave was told to follow is fed by this slave: there would be no master at all. */
export class ReplicationLoopError extends SlaveError {
  readonly code = 'REPLICATION_LOOP'
}

/** This node can't take the place of the master that asks it to: it has another history. */
export class TakeOverRefusedError extends SlaveError {
  readonly code = 'TAKE_OVER_REFUSED'
}

/** The connection to the master broke. */
export class ConnectionLostError extends SlaveError {
  readonly code = 'CONNECTION_LOST'
}

/** The snapshot could not be fetched, after several attempts that each brought nothing. */
export class TransferFailedError extends SlaveError {
  readonly code = 'TRANSFER_FAILED'
}

/** The snapshot arrived, but its size or its checksum is wrong. */
export class SnapshotDamagedError extends SlaveError {
  readonly code = 'SNAPSHOT_DAMAGED'
}

/** The slave's own disk is full. */
export class DiskFullError extends SlaveError {
  readonly code = 'DISK_FULL'
}

/** The slave could not write, adopt or load what the master sent, for another reason than a full disk. */
export class StorageFailedError extends SlaveError {
  readonly code = 'STORAGE_FAILED'
}

const NO_SPACE_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'DISK_FULL'])

/** Wraps what the store threw; a full disk is told apart, however deep in the chain of causes it lies. */
export function storageError(doing: string, cause: unknown): SlaveError {
  if (cause instanceof SlaveError) return cause
  const text = `${doing}: ${cause instanceof Error ? cause.message : String(cause)}`
  return isNoSpace(cause) ? new DiskFullError(text, { cause }) : new StorageFailedError(text, { cause })
}

function isNoSpace(error: unknown): boolean {
  for (let depth = 0; depth < 8 && error instanceof Error; depth++) {
    if ('code' in error && NO_SPACE_CODES.has(error.code)) return true
    if ('systemCode' in error && NO_SPACE_CODES.has(error.systemCode)) return true
    error = error.cause
  }
  return false
}

/** The slave follows no one (any more). */
export class NotFollowingError extends SlaveError {
  readonly code = 'NOT_FOLLOWING'
}

/** The data set is not the master's at the same offset: a bug, or memory that has changed by itself. */
export class DivergedError extends SlaveError {
  readonly code = 'DIVERGED'
}
