/**
 * How a file is opened. `read`: it must exist. `write`: it must exist, for reading and writing.
 * `create`: made, or emptied where it exists, for reading and writing.
 */
export type DiskOpenMode = 'read' | 'write' | 'create'

/**
 * An open file. Errors are those of Node.js (`code` is `ENOSPC`, `EIO`, …). Reads and writes name their position, so
 * nothing depends on the order in which operations finish.
 */
export interface DiskFile {
  /** Reads up to target.length bytes at `position` into `target`; answers how many, less than asked for only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>
  /** Writes all buffers one after another at `position`. Where it fails, any part of them may have been written. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>
  /** The same, in this turn: for whoever must not go on before the bytes are with the operating system. */
  writeSync(buffers: readonly Uint8Array[], position: number): void
  /** fdatasync: what has been written, and the length of the file, survive a loss of power. */
  datasync(): Promise<void>
  /** The same, in this turn. */
  datasyncSync(): void
  truncate(length: number): Promise<void>
  /** The length of the file in bytes. */
  size(): Promise<number>
  close(): Promise<void>
  /** The same, in this turn. */
  closeSync(): void
}

/**
 * The file system as the store uses it. Everything that must survive a crash goes through this one interface, so that
 * the whole can run on a simulated disk.
 */
export interface Disk {
  /**
   * Names the run of the operating system, empty where that is not known. Bytes that were written but not synced can
   * be missing from the middle of a file only if this has changed since.
   */
  readonly bootId: string
  open(path: string, mode: DiskOpenMode): Promise<DiskFile>
  /** The same, in this turn. */
  openSync(path: string, mode: DiskOpenMode): DiskFile
  /** All bytes of a small file, in this turn. */
  readFileSync(path: string): Buffer
  rename(from: string, to: string): Promise<void>
  /** The same, in this turn. */
  renameSync(from: string, to: string): void
  /** Gives a file a second name, which must be free. */
  link(path: string, name: string): Promise<void>
  unlink(path: string): Promise<void>
  /** The same, in this turn. */
  unlinkSync(path: string): void
  /** The names in a folder, in no order; empty where there is no such folder. */
  list(directory: string): Promise<string[]>
  /** Makes a folder and those above it, where they are missing; they survive a loss of power then. */
  makeDirectory(path: string): Promise<void>
  /** Makes a folder for files that are of no use later, under a name that nothing else has; answers its path. */
  makeTemporaryDirectory(): Promise<string>
  /** Removes a folder with all that is in it; nothing where there is none. */
  removeDirectory(path: string): Promise<void>
  /** fsync of a folder: what was made, renamed or removed in it stays so after a loss of power. */
  syncDirectory(path: string): Promise<void>
  /** The same, in this turn. */
  syncDirectorySync(path: string): void
}
