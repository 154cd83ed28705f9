import { CRC64_BYTES, Crc64, readCrc64 } from './crc64.ts'
import {
  RDB_CHECKSUM_VERSION,
  RDB_HEADER_BYTES,
  RDB_HIGHEST_VERSION,
  RDB_LOWEST_VERSION,
  RDB_MAGIC,
  RdbOpcode,
  rdbTypeName,
} from './rdb-encoding.ts'
import {
  RdbChecksumError,
  RdbFormatError,
  RdbTruncatedError,
  RdbUnsupportedTypeError,
  RdbVersionError,
} from './rdb-errors.ts'
import type { RdbHandler } from './rdb-handler.ts'
import { INCOMPLETE, RdbInput } from './rdb-input.ts'
import { RdbString } from './rdb-string.ts'
import type { RdbValueReader } from './rdb-value-reader.ts'
import { ModuleAuxiliaryReader } from './values/module-auxiliary-reader.ts'
import { createValueReaders } from './values/value-readers.ts'

export interface RdbReaderOptions {
  /** The file's size in bytes, where it is known: what runs beyond it is then found at once. */
  readonly size?: number
  /** Whether to compute and compare the CRC64. Default true. */
  readonly verify?: boolean
}

/** The working buffer keeps this size; more is let go of after an item that needed it. */
const KEPT_BYTES = 1 << 20
/** Of an item larger than this, the CRC is taken as it arrives and not all at once at its end. */
const LARGE_ITEM_BYTES = 64 * 1024
/** What Redis calls no checksum: the server that wrote the file had `rdbchecksum no`. */
const NO_CHECKSUM = '0000000000000000'

/**
 * Reads an RDB file that comes in pieces of any size, and tells a handler what is in it. After an error it's of no
 * more use, and nothing of what it has told may be kept: the checksum is compared at the end.
 */
export class RdbReader {
  readonly #handler: RdbHandler
  readonly #input: RdbInput
  readonly #crc: Crc64 | null
  readonly #valueReaders = createValueReaders()
  readonly #moduleAuxiliaryReader = new ModuleAuxiliaryReader()
  /** The record being read; `type` and `expiresAt` belong to the next one before its key has been read. */
  readonly #head = { key: new RdbString(), type: 0, expiresAt: 0 }
  readonly #name = new RdbString()
  readonly #text = new RdbString()
  /** Reads the value that is next; null where an opcode is next. */
  #valueReader: RdbValueReader | null = null
  /** What has arrived and is still to be read, if that is not empty: held[0, heldLength). */
  #held: Buffer = Buffer.alloc(0)
  #heldLength = 0
  /** How many of the bytes from the input's mark on are in the CRC already. */
  #summed = 0
  #version = 0
  #isEnded = false

  constructor(handler: RdbHandler, options: RdbReaderOptions = {}) {
    this.#handler = handler
    this.#input = new RdbInput(options.size)
    this.#crc = options.verify === false ? null : new Crc64()
  }

  /** The file's version; 0 until that has been read. */
  get version(): number {
    return this.#version
  }

  /** Whether the file's end has been read, and its checksum was right. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Reads the next bytes of the file. They may be reused afterwards. @throws RdbError, or what the handler throws. */
  feed(chunk: Buffer): void {
    const input = this.#input
    if (this.#heldLength === 0) {
      input.continueWith(chunk, chunk.length)
      this.#readItems()
      this.#sumItems()
      this.#hold(chunk.subarray(input.mark))
      return
    }
    this.#hold(chunk)
    if (this.#heldLength < input.wanted) {
      if (input.wanted >= LARGE_ITEM_BYTES) this.#sumTo(this.#held, this.#heldLength)
      return
    }
    input.continueWith(this.#held, this.#heldLength)
    this.#readItems()
    this.#sumItems()
    this.#dropItems()
  }

  /** Says that there are no more bytes. @throws RdbTruncatedError if the file's end has not been read. */
  finish(): void {
    if (this.#isEnded) return
    const position = this.#input.filePosition + this.#heldLength
    throw new RdbTruncatedError('the file ends before its end mark', position)
  }

  #hold(bytes: Buffer): void {
    const length = this.#heldLength + bytes.length
    if (length > this.#held.length) {
      // Where the file's size is known, `wanted` has been held against it; where not, it may be a damaged length.
      const isTrusted = Number.isFinite(this.#input.size)
      const held = Buffer.allocUnsafeSlow(Math.max(length, isTrusted ? this.#input.wanted : 2 * this.#held.length))
      this.#held.copy(held, 0, 0, this.#heldLength)
      this.#held = held
    }
    bytes.copy(this.#held, this.#heldLength)
    this.#heldLength = length
  }

  /** Lets go of the items of the held bytes that are done. */
  #dropItems(): void {
    const mark = this.#input.mark
    const rest = this.#heldLength - mark
    const held = this.#held
    if (held.length > KEPT_BYTES && rest < KEPT_BYTES) {
      this.#held = Buffer.allocUnsafeSlow(KEPT_BYTES)
      held.copy(this.#held, 0, mark, this.#heldLength)
    } else {
      held.copyWithin(0, mark, this.#heldLength)
    }
    this.#heldLength = rest
  }

  /** Takes all items that are done into the CRC. */
  #sumItems(): void {
    this.#sumTo(this.#input.bytes, this.#input.mark)
    this.#summed = Math.max(0, this.#summed - this.#input.mark)
  }

  #sumTo(bytes: Buffer, end: number): void {
    if (this.#summed >= end) return
    this.#crc?.update(bytes, this.#summed, end)
    this.#summed = end
  }

  #readItems(): void {
    const input = this.#input
    while (!this.#isEnded) {
      if (this.#valueReader === null) {
        if (!this.#readOpcode()) {
          input.rewind()
          return
        }
        input.commit()
        if (this.#valueReader === null) continue
      }
      if (!this.#valueReader.read(input, this.#head, this.#handler)) {
        input.rewind()
        this.#head.key.detach()
        return
      }
      input.commit()
      if (this.#valueReader !== this.#moduleAuxiliaryReader) this.#head.expiresAt = 0
      this.#valueReader = null
    }
    if (input.position < input.end) {
      throw new RdbFormatError('there is more after the end mark', input.filePosition)
    }
  }

  /** Reads an opcode with what belongs to it, or a record as far as its value; false if the input ends too early. */
  #readOpcode(): boolean {
    const input = this.#input
    if (this.#version === 0) return this.#readFileHeader()
    const opcode = input.readByte()
    switch (opcode) {
      case INCOMPLETE:
        return false
      case RdbOpcode.EXPIRY_MILLISECONDS:
        if (!input.has(8)) return false
        this.#head.expiresAt = readExpiry(input)
        return true
      case RdbOpcode.EXPIRY_SECONDS:
        if (!input.has(4)) return false
        this.#head.expiresAt = Math.max(1, input.bytes.readInt32LE(input.position) * 1000)
        input.position += 4
        return true
      case RdbOpcode.SELECT_DATABASE: {
        const database = input.readLength()
        if (database === INCOMPLETE) return false
        this.#handler.onSelectDatabase(database)
        return true
      }
      case RdbOpcode.AUXILIARY:
        if (!input.readString(this.#name) || !input.readString(this.#text)) return false
        this.#handler.onAuxiliaryField(this.#name.toString(), this.#text.toString())
        return true
      case RdbOpcode.RESIZE_DATABASE:
        return input.skipNumber() && input.skipNumber()
      case RdbOpcode.SLOT_INFO:
        return input.skipNumber() && input.skipNumber() && input.skipNumber()
      case RdbOpcode.IDLE:
        return input.skipNumber()
      case RdbOpcode.FREQUENCY:
        return input.skip(1)
      case RdbOpcode.FUNCTION:
        return input.readString(this.#text)
      case RdbOpcode.FUNCTION_PRE_RELEASE:
        throw new RdbFormatError('functions of a Redis 7.0 release candidate can not be read', input.filePosition)
      case RdbOpcode.MODULE_AUXILIARY:
        this.#valueReader = this.#moduleAuxiliaryReader
        return true
      case RdbOpcode.END:
        return this.#readEnd()
      default:
        return this.#readRecordHead(opcode)
    }
  }

  #readFileHeader(): boolean {
    const input = this.#input
    // What is no RDB file at all is refused as such, even if it is shorter than a header.
    const present = input.bytes.toString('latin1', input.position, Math.min(input.end, RDB_HEADER_BYTES))
    if (!present.startsWith(RDB_MAGIC.slice(0, present.length))) {
      throw new RdbFormatError(`no RDB file: it begins with ${JSON.stringify(present)}`, 0)
    }
    if (!input.has(RDB_HEADER_BYTES)) return false
    const digits = present.slice(RDB_MAGIC.length)
    if (!/^\d{4}$/.test(digits)) throw new RdbFormatError(`${JSON.stringify(digits)} is no version`, RDB_MAGIC.length)
    const version = Number(digits)
    if (version < RDB_LOWEST_VERSION || version > RDB_HIGHEST_VERSION) {
      throw new RdbVersionError(version, RDB_LOWEST_VERSION, RDB_HIGHEST_VERSION, RDB_MAGIC.length)
    }
    this.#version = version
    input.position += RDB_HEADER_BYTES
    return true
  }

  #readRecordHead(type: number): boolean {
    const head = this.#head
    if (!this.#input.readString(head.key)) return false
    const valueReader = this.#valueReaders[type]
    if (valueReader === undefined) {
      throw new RdbUnsupportedTypeError(head.key.copy(), type, rdbTypeName(type), this.#input.filePosition)
    }
    head.type = type
    this.#valueReader = valueReader
    return true
  }

  #readEnd(): boolean {
    const input = this.#input
    if (this.#version >= RDB_CHECKSUM_VERSION) {
      if (!input.has(CRC64_BYTES)) return false
      if (this.#crc !== null) this.#compareChecksum()
      input.position += CRC64_BYTES
    }
    this.#isEnded = true
    return true
  }

  #compareChecksum(): void {
    const input = this.#input
    const expected = readCrc64(input.bytes, input.position)
    if (expected === NO_CHECKSUM) return
    this.#sumTo(input.bytes, input.position)
    const actual = this.#crc!.hex()
    if (actual !== expected) throw new RdbChecksumError(expected, actual, input.filePosition)
  }
}

/**
 * A signed 64-bit number of milliseconds. What is not after 1970 has expired just as surely at its first millisecond,
 * and 0 means never here; what JavaScript can't count (the year 287396) is as good as its last moment.
 */
function readExpiry(input: RdbInput): number {
  const bytes = input.bytes
  const at = input.position
  input.position += 8
  const milliseconds = bytes.readInt32LE(at + 4) * 0x100000000 + bytes.readUInt32LE(at)
  return Math.min(Math.max(milliseconds, 1), Number.MAX_SAFE_INTEGER)
}
