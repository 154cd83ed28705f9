/** What is wrong with a journal file that can't be explained by a crash. */
export type JournalDamageCode =
  /** The header of a segment file is not one. */
  | 'JOURNAL_DAMAGED_HEADER'
  /** A batch of commands does not have the bytes it was written with. */
  | 'JOURNAL_DAMAGED_BATCH'
  /** Bytes of the history are missing between two files, or between the snapshot and the first file. */
  | 'JOURNAL_GAP'

/** Damage in the middle of the journal. What comes after can't be trusted, so nothing is read past it. */
export class JournalDamagedError extends Error {
  override readonly name = 'JournalDamagedError'
  readonly code: JournalDamageCode
  /** The path of the file. */
  readonly file: string
  /** Where in the file, in bytes from its start. */
  readonly position: number
  /** Where in the history. */
  readonly offset: number

  constructor(code: JournalDamageCode, file: string, position: number, offset: number, detail: string) {
    super(`journal ${file} is damaged at byte ${position} (offset ${offset}): ${detail}`)
    this.code = code
    this.file = file
    this.position = position
    this.offset = offset
  }
}

/** The folder holds segments of another history than the one to be opened; nothing was touched. */
export class JournalForeignSegmentError extends Error {
  override readonly name = 'JournalForeignSegmentError'
  readonly code = 'JOURNAL_FOREIGN_SEGMENT'
  readonly file: string

  constructor(file: string, found: string, expected: string) {
    super(`journal ${file} belongs to history ${found}, not to ${expected}`)
    this.file = file
  }
}

/** A segment was written by a version of this package that writes another format. */
export class JournalVersionError extends Error {
  override readonly name = 'JournalVersionError'
  readonly code = 'JOURNAL_VERSION'
  readonly file: string

  constructor(file: string, found: number, supported: number) {
    super(`journal ${file} has format version ${found}; this package reads version ${supported}`)
    this.file = file
  }
}

/** The disk refused an operation. The bytes stay in memory and are written again from the same place. */
export class JournalWriteError extends Error {
  override readonly name = 'JournalWriteError'
  readonly code = 'JOURNAL_WRITE'
  /** The operating system's own code: `ENOSPC`, `EIO`, … */
  readonly systemCode: string
  readonly file: string
  /** The history up to here is on disk. */
  readonly offset: number

  constructor(operation: string, file: string, offset: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`journal ${file}: ${operation} at offset ${offset} failed: ${reason}`, { cause })
    this.systemCode = cause instanceof Error && 'code' in cause ? String(cause.code) : 'UNKNOWN'
    this.file = file
    this.offset = offset
  }
}

/** An offset that the journal does not hold (any more, or yet). */
export class JournalRangeError extends RangeError {
  override readonly name = 'JournalRangeError'
  readonly code = 'JOURNAL_RANGE'
  readonly offset: number

  constructor(offset: number, firstOffset: number, endOffset: number) {
    super(`journal holds offsets ${firstOffset} to ${endOffset}, not ${offset}`)
    this.offset = offset
  }
}

/** The journal was closed before what was asked for came about. */
export class JournalClosedError extends Error {
  override readonly name = 'JournalClosedError'
  readonly code = 'JOURNAL_CLOSED'

  constructor() {
    super('the journal is closed')
  }
}
