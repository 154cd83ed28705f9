/** Any reason why bytes can't be read as an RDB file. Nothing of such a file may be used. */
export class RdbError extends Error {
  /** Stable name of the kind of failure, for programs. */
  readonly code: string
  /** Where in the file, in bytes from its beginning. */
  readonly position: number

  constructor(code: string, message: string, position: number) {
    super(`${message} (at byte ${position})`)
    this.name = new.target.name
    this.code = code
    this.position = position
  }
}

/** The bytes break the format's rules: this is no RDB file, or a damaged one. Code `RDB_FORMAT`. */
export class RdbFormatError extends RdbError {
  constructor(message: string, position: number) {
    super('RDB_FORMAT', message, position)
  }
}

/** The file ends before its content does. Code `RDB_TRUNCATED`. */
export class RdbTruncatedError extends RdbError {
  constructor(message: string, position: number) {
    super('RDB_TRUNCATED', message, position)
  }
}

/** The bytes are not those that were written: the CRC64 at the end differs. Code `RDB_CHECKSUM`. */
export class RdbChecksumError extends RdbError {
  /** Both as 16 hexadecimal digits. */
  readonly expected: string
  readonly actual: string

  constructor(expected: string, actual: string, position: number) {
    super('RDB_CHECKSUM', `checksum is ${actual}, the file says ${expected}`, position)
    this.expected = expected
    this.actual = actual
  }
}

/** The file's version is none that can be read. Code `RDB_VERSION`. */
export class RdbVersionError extends RdbError {
  readonly version: number

  constructor(version: number, lowest: number, highest: number, position: number) {
    super('RDB_VERSION', `RDB version ${version} can't be read, only ${lowest} to ${highest}`, position)
    this.version = version
  }
}

/** The file holds a value of a type that can't be read. Code `RDB_UNSUPPORTED_TYPE`. */
export class RdbUnsupportedTypeError extends RdbError {
  /** The key, as it is in the file. */
  readonly key: Buffer
  /** The RDB type byte. */
  readonly type: number
  /** The type in Redis's words, `stream` for example, or `unknown`. */
  readonly typeName: string

  constructor(key: Buffer, type: number, typeName: string, position: number) {
    super('RDB_UNSUPPORTED_TYPE', `key ${printableKey(key)} has the type ${typeName} (${type})`, position)
    this.key = key
    this.type = type
    this.typeName = typeName
  }
}

const PRINTED_KEY_BYTES = 64

function printableKey(key: Buffer): string {
  const shown = JSON.stringify(key.toString('utf8', 0, PRINTED_KEY_BYTES))
  return key.length > PRINTED_KEY_BYTES ? `${shown}… (${key.length} bytes)` : shown
}
