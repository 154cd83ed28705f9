import { join } from 'node:path'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { ignoreMissing } from '../disk/missing-file.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { CRC64_BYTES, Crc64, readCrc64 } from '../rdb/crc64.ts'
import { RDB_HEADER_BYTES } from '../rdb/rdb-encoding.ts'
import type { FormerHistory } from '../store/history.ts'
import { isSnapshotId, type SnapshotFile } from './snapshot-file.ts'
import type { Arrival } from './snapshot-loader.ts'

/** What was there before is read again in pieces of this size, for the CRC. */
const PIECE_BYTES = 256 * 1024
/** After so many bytes the disk is told to begin with them, so that there is less left at the end. */
const SYNC_BYTES = 16 * 1024 * 1024
/** No RDB file is smaller: header, end mark, CRC64. */
const SMALLEST_FILE = RDB_HEADER_BYTES + 1 + CRC64_BYTES

const PART_NAME = /^incoming-(.*)\.rdb\.part$/

const CRC64_OF_ZEROS = '0'.repeat(16)

/** What a master says of the snapshot that it is going to send. */
export interface IncomingSnapshotDescription {
  /** Equal ids mean equal bytes. Letters, digits and `-`, at most 128. */
  readonly snapshotId: string
  readonly replicationId: string
  readonly offset: number
  /** In bytes; 0 where it is not known before the end, because the master still writes the file. */
  readonly size: number
  /** The former ids of its history, newest first. */
  readonly former?: readonly FormerHistory[]
}

/** A snapshot can't be received. */
export class IncomingSnapshotError extends Error {
  /**
   * `SNAPSHOT_DESCRIPTION`: an id, size or offset that can't be. `SNAPSHOT_SIZE`: more bytes than announced, or
   * completed with fewer. `SNAPSHOT_CHECKSUM`: its bytes are damaged; what had arrived is gone. `SNAPSHOT_WRITE`: the
   * disk refuses, see `systemCode`; what had arrived stays for another try, but for what a failed sync left in doubt.
   */
  readonly code: 'SNAPSHOT_DESCRIPTION' | 'SNAPSHOT_SIZE' | 'SNAPSHOT_CHECKSUM' | 'SNAPSHOT_WRITE'
  /** The system's error, `ENOSPC` for example, where there is one. */
  readonly systemCode: string | null

  constructor(code: IncomingSnapshotError['code'], message: string, systemCode: string | null = null) {
    super(message)
    this.name = 'IncomingSnapshotError'
    this.code = code
    this.systemCode = systemCode
  }
}

/**
 * A snapshot file on its way from the master, in `incoming-<snapshotId>.rdb.part`. What has arrived survives a broken
 * link and a restart: open it again under the same id and go on from `received`. Calls are made one at a time.
 */
export class IncomingSnapshot implements Arrival, AsyncDisposable {
  readonly description: IncomingSnapshotDescription
  readonly #disk: Disk
  readonly #directory: string
  readonly #partPath: string
  readonly #file: DiskFile
  readonly #crc = new Crc64()
  /** The last bytes that are there, which the CRC does not cover: they may be the one that the master has computed. */
  readonly #trailer = Buffer.alloc(CRC64_BYTES)
  #received = 0
  #syncedTo = 0
  /** The sync under way. It never rejects: its failure is kept for `complete`. */
  #syncing: Promise<void> | null = null
  #syncFailure: unknown = null
  #isClosed = false
  #isComplete = false
  #last: { readonly position: number; readonly bytes: Uint8Array } | null = null
  /** Wakes who waits for more. */
  #moved = Promise.withResolvers<void>()

  private constructor(directory: string, description: IncomingSnapshotDescription, file: DiskFile, disk: Disk) {
    this.description = description
    this.#disk = disk
    this.#directory = directory
    this.#partPath = join(directory, partNameOf(description.snapshotId))
    this.#file = file
  }

  /**
   * Begins a transfer, or goes on with one of the same snapshot. What is there of others is removed.
   * @throws IncomingSnapshotError with code `SNAPSHOT_DESCRIPTION` or `SNAPSHOT_WRITE`
   */
  static async open(
    directory: string,
    description: IncomingSnapshotDescription,
    disk: Disk = nodeDisk,
  ): Promise<IncomingSnapshot> {
    checkDescription(description)
    const name = partNameOf(description.snapshotId)
    try {
      const parts = (await disk.list(directory)).filter(isPartName)
      for (const other of parts) if (other !== name) await disk.unlink(join(directory, other))
      const file = await disk.open(join(directory, name), parts.includes(name) ? 'write' : 'create')
      const incoming = new IncomingSnapshot(directory, description, file, disk)
      try {
        await incoming.#readWhatIsThere()
      } catch (error) {
        await incoming.close()
        throw error
      }
      return incoming
    } catch (error) {
      throw writeError(`a snapshot can't be received into ${directory}`, error)
    }
  }

  /** The path that the file gets when it is complete. There may be a file of the same bytes already. */
  get path(): string {
    return join(this.#directory, snapshotFileName(this.description.snapshotId))
  }

  /** Where it lies while it is not complete; who has opened it there may read on when it gets its name. */
  get partPath(): string {
    return this.#partPath
  }

  /** How many bytes are there: the transfer goes on from this one. */
  get received(): number {
    return this.#received
  }

  /**
   * Adds the next bytes, which must not be changed afterwards: who loads them meanwhile takes them from here.
   * @throws IncomingSnapshotError with code `SNAPSHOT_SIZE` or `SNAPSHOT_WRITE`; none of the bytes count then
   */
  async write(chunk: Uint8Array): Promise<void> {
    const { size, snapshotId } = this.description
    if (size > 0 && this.#received + chunk.length > size) {
      throw new IncomingSnapshotError('SNAPSHOT_SIZE', `snapshot ${snapshotId} has more than its ${size} bytes`)
    }
    try {
      await this.#file.write([chunk], this.#received)
    } catch (error) {
      // A part of the chunk may be there. Left so, it would count as received after the next open; that is right
      // too, as they are the file's true bytes, but where the disk is full it is better given back.
      await this.#file.truncate(this.#received).catch(() => {})
      throw writeError(`${this.#partPath} can't be written at byte ${this.#received}`, error)
    }
    this.#last = { position: this.#received, bytes: chunk }
    this.#count(chunk, chunk.length)
    this.#wake()
    if (this.#syncing === null && this.#received - this.#syncedTo >= SYNC_BYTES) this.#startSync()
  }

  /**
   * Checks size and CRC64, makes the file durable and gives it its name, `snapshot-<snapshotId>.rdb`. Closes this.
   * `createdAt` is now.
   * @throws IncomingSnapshotError
   */
  async complete(): Promise<SnapshotFile> {
    const { snapshotId, replicationId, offset } = this.description
    const size = this.#received
    const announced = this.description.size || SMALLEST_FILE
    if (size < announced) {
      const text = `snapshot ${snapshotId} has only ${size} of its ${announced} bytes`
      throw new IncomingSnapshotError('SNAPSHOT_SIZE', text)
    }
    const crc64 = this.#crc.hex()
    const expected = readCrc64(this.#trailer, 0)
    // Zeros, which a loss of power leaves where nothing was synced, have the checksum that they end with.
    if (crc64 !== expected || crc64 === CRC64_OF_ZEROS) {
      await this.discard()
      throw new IncomingSnapshotError(
        'SNAPSHOT_CHECKSUM',
        `snapshot ${snapshotId} has the checksum ${crc64}, the file says ${expected}`,
      )
    }
    const { path } = this
    this.#isComplete = true
    this.#wake()
    try {
      await this.#syncAll()
      await this.close()
      await this.#disk.rename(this.#partPath, path)
      await this.#disk.syncDirectory(this.#directory)
    } catch (error) {
      throw writeError(`${this.#partPath} can't be made durable`, error)
    }
    return { id: snapshotId, path, size, crc64, replicationId, offset, createdAt: Date.now() }
  }

  /** How many bytes are there, as soon as it is more than `position`, or all. Rejects where it is closed before. */
  async beyond(position: number): Promise<number> {
    while (this.#received <= position && !this.#isComplete) {
      if (this.#isClosed) throw new Error(`snapshot ${this.description.snapshotId} is not received any more`)
      await this.#moved.promise
    }
    return this.#received
  }

  lastFrom(position: number): Buffer | null {
    if (this.#last?.position !== position) return null
    const { buffer, byteOffset, length } = this.#last.bytes
    return Buffer.from(buffer, byteOffset, length)
  }

  /** Lets go of the file; what has arrived stays for another try. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#wake()
    await this.#syncing
    await this.#file.close()
  }

  /** Closes, and removes what has arrived. */
  async discard(): Promise<void> {
    await this.close()
    await this.#disk.unlink(this.#partPath)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** After a failed sync nobody knows which bytes the disk has, whatever reading them again says: they go. */
  async #syncAll(): Promise<void> {
    try {
      await this.#syncing
      if (this.#syncFailure !== null) throw this.#syncFailure
      await this.#file.datasync()
    } catch (error) {
      await this.discard()
      throw error
    }
  }

  async #readWhatIsThere(): Promise<void> {
    const length = await this.#file.size()
    if (this.description.size > 0 && length > this.description.size) {
      await this.#file.truncate(0)
      return
    }
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
    while (this.#received < length) {
      const count = await this.#file.read(piece, this.#received)
      if (count === 0) break
      this.#count(piece, count)
    }
  }

  /** Takes chunk[0, length) in: its last bytes into the trailer, and what they push out of it into the CRC. */
  #count(chunk: Uint8Array, length: number): void {
    const trailer = this.#trailer
    const held = Math.min(this.#received, CRC64_BYTES)
    const pushedOut = Math.max(0, held + length - CRC64_BYTES)
    const fromTrailer = Math.min(held, pushedOut)
    this.#crc.update(trailer, 0, fromTrailer)
    this.#crc.update(chunk, 0, pushedOut - fromTrailer)
    trailer.copyWithin(0, fromTrailer, held)
    trailer.set(chunk.subarray(pushedOut - fromTrailer, length), held - fromTrailer)
    this.#received += length
  }

  #wake(): void {
    this.#moved.resolve()
    this.#moved = Promise.withResolvers()
  }

  #startSync(): void {
    this.#syncedTo = this.#received
    this.#syncing = this.#file
      .datasync()
      .catch((error: unknown) => {
        this.#syncFailure ??= error
      })
      .finally(() => {
        this.#syncing = null
      })
  }
}

/** What has arrived of a snapshot that is not complete, and how many bytes that are; null where there is none. */
export async function findIncomingPart(
  directory: string,
  disk: Disk,
): Promise<{ readonly snapshotId: string; readonly bytes: number } | null> {
  for (const name of await disk.list(directory)) {
    const snapshotId = PART_NAME.exec(name)?.[1]
    if (snapshotId === undefined || !isSnapshotId(snapshotId)) continue
    const file = await disk.open(join(directory, name), 'read')
    try {
      const bytes = await file.size()
      if (bytes > 0) return { snapshotId, bytes }
    } finally {
      await file.close()
    }
  }
  return null
}

/** Removes what has arrived of any snapshot in a folder: nobody will send the rest. */
export async function removeIncomingParts(directory: string, disk: Disk): Promise<void> {
  for (const name of await disk.list(directory)) {
    if (!isPartName(name)) continue
    // Somebody else may just have done so.
    await disk.unlink(join(directory, name)).catch(ignoreMissing)
  }
}

function snapshotFileName(snapshotId: string): string {
  return `snapshot-${snapshotId}.rdb`
}

function partNameOf(snapshotId: string): string {
  return `incoming-${snapshotId}.rdb.part`
}

function isPartName(name: string): boolean {
  return PART_NAME.test(name)
}

function checkDescription({ snapshotId, replicationId, offset, size }: IncomingSnapshotDescription): void {
  const refuse = (what: string, value: string | number) => {
    throw new IncomingSnapshotError('SNAPSHOT_DESCRIPTION', `${JSON.stringify(value)} is no ${what} of a snapshot`)
  }
  if (!isSnapshotId(snapshotId)) refuse('id', snapshotId)
  if (!/^[0-9a-f]{40}$/.test(replicationId)) refuse('replication id', replicationId)
  if (!Number.isSafeInteger(offset) || offset < 0) refuse('offset', offset)
  if (!Number.isSafeInteger(size) || (size !== 0 && size < SMALLEST_FILE)) refuse('size', size)
}

function writeError(what: string, error: unknown): IncomingSnapshotError {
  if (error instanceof IncomingSnapshotError) return error
  const systemCode = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
  return new IncomingSnapshotError('SNAPSHOT_WRITE', `${what}: ${error}`, systemCode)
}
