/**
 * Why a link ended, or a slave was refused. `code` is stable and for programs; the message is for people and names
 * the slave, the limit and the value.
 */
export abstract class MasterError extends Error {
  abstract readonly code: string
  override get name(): string {
    return this.constructor.name
  }
}

/** The slave was silent for longer than the time-out. */
export class SlaveSilentError extends MasterError {
  readonly code = 'SLAVE_SILENT'
}

/** The connection to the slave broke. */
export class SlaveLostError extends MasterError {
  readonly code = 'SLAVE_LOST'
}

/** The slave was refused. `code` is what the refusal says: `WRONG_PASSWORD`, `PROTOCOL_VERSION`, … */
export class SlaveRefusedError extends MasterError {
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The child that sends a snapshot died, or could not read the file. */
export class SendingChildError extends MasterError {
  readonly code: 'SENDING_CHILD_DIED' | 'SENDING_CHILD_FAILED'
  constructor(code: SendingChildError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A snapshot on the master's own disk was damaged; nobody is offered it any more. */
export class SnapshotReplacedError extends MasterError {
  readonly code = 'SNAPSHOT_REPLACED'
}
