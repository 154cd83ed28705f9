import {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstat,
  fsync,
  fsyncSync,
  ftruncate,
  open,
  openSync,
  read,
  readFileSync,
  renameSync,
  unlinkSync,
  write,
  writeSync,
  writev,
} from 'node:fs'
import { link, mkdir, mkdtemp, readdir, rename, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Disk, DiskFile, DiskOpenMode } from './disk.ts'

/** A single write(2) or read(2) moves at most 2^31 - 4096 bytes; asking for less keeps clear of that. */
const MAX_BYTES_PER_CALL = 1 << 30
/** IOV_MAX of Linux. */
const MAX_BUFFERS_PER_CALL = 1024

const OPEN_FLAGS: Readonly<Record<DiskOpenMode, string>> = { read: 'r', write: 'r+', create: 'w+' }

/** The operating system's own file system, through `node:fs`. */
export const nodeDisk: Disk = {
  bootId: readBootId(),
  open: (path, mode) =>
    new Promise((resolve, reject) => {
      open(path, OPEN_FLAGS[mode], 0o644, (error, descriptor) =>
        error ? reject(error) : resolve(new NodeDiskFile(descriptor)),
      )
    }),
  openSync: (path, mode) => new NodeDiskFile(openSync(path, OPEN_FLAGS[mode], 0o644)),
  readFileSync: (path) => readFileSync(path),
  rename,
  renameSync,
  link,
  unlink,
  unlinkSync,
  list: async (directory) => {
    try {
      return await readdir(directory)
    } catch (error) {
      if (isErrorWithCode(error, 'ENOENT')) return []
      throw error
    }
  },
  makeDirectory: async (path) => {
    const first = await mkdir(path, { recursive: true })
    if (first === undefined) return
    // Each new name is an entry in the folder above it.
    for (let made = path; ; made = dirname(made)) {
      await syncDirectory(dirname(made))
      if (made === first || made === dirname(made)) return
    }
  },
  makeTemporaryDirectory: () => mkdtemp(join(tmpdir(), 'repl-store-')),
  removeDirectory: (path) => rm(path, { recursive: true, force: true }),
  syncDirectory,
  syncDirectorySync: (path) => {
    const descriptor = openSync(path, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  },
}

function syncDirectory(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    open(path, 'r', (openError, descriptor) => {
      if (openError) return reject(openError)
      fsync(descriptor, (error) => {
        close(descriptor, (closeError) => {
          const failure = error ?? closeError
          if (failure) reject(failure)
          else resolve()
        })
      })
    })
  })
}

class NodeDiskFile implements DiskFile {
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    let done = 0
    while (done < target.length) {
      const count = await this.#readOnce(target, done, position + done)
      if (count === 0) break
      done += count
    }
    return done
  }

  async write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    let rest = buffers
    let at = position
    while (rest.length > 0) {
      const written = await this.#writeOnce(rest, at)
      at += written
      rest = dropBytes(rest, written)
    }
  }

  writeSync(buffers: readonly Uint8Array[], position: number): void {
    let at = position
    for (const buffer of buffers) {
      let done = 0
      while (done < buffer.length) {
        const length = Math.min(buffer.length - done, MAX_BYTES_PER_CALL)
        const written = writeSync(this.#descriptor, buffer, done, length, at)
        done += written
        at += written
      }
    }
  }

  datasync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => (error ? reject(error) : resolve()))
    })
  }

  datasyncSync(): void {
    fdatasyncSync(this.#descriptor)
  }

  truncate(length: number): Promise<void> {
    return new Promise((resolve, reject) => {
      ftruncate(this.#descriptor, length, (error) => (error ? reject(error) : resolve()))
    })
  }

  size(): Promise<number> {
    return new Promise((resolve, reject) => {
      fstat(this.#descriptor, (error, status) => (error ? reject(error) : resolve(status.size)))
    })
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      close(this.#descriptor, (error) => (error ? reject(error) : resolve()))
    })
  }

  closeSync(): void {
    closeSync(this.#descriptor)
  }

  #readOnce(target: Uint8Array, start: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const length = Math.min(target.length - start, MAX_BYTES_PER_CALL)
      read(this.#descriptor, target, start, length, position, (error, count) =>
        error ? reject(error) : resolve(count),
      )
    })
  }

  #writeOnce(buffers: readonly Uint8Array[], position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, written: number) => (error ? reject(error) : resolve(written))
      const first = buffers[0]!
      if (buffers.length === 1 || first.length >= MAX_BYTES_PER_CALL) {
        write(this.#descriptor, first, 0, Math.min(first.length, MAX_BYTES_PER_CALL), position, done)
        return
      }
      let bytes = 0
      let count = 0
      while (count < buffers.length && count < MAX_BUFFERS_PER_CALL) {
        bytes += buffers[count]!.length
        if (bytes > MAX_BYTES_PER_CALL) break
        count++
      }
      writev(this.#descriptor, buffers.slice(0, Math.max(count, 1)), position, done)
    })
  }
}

function dropBytes(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let index = 0
  let rest = count
  while (index < buffers.length && buffers[index]!.length <= rest) {
    rest -= buffers[index]!.length
    index++
  }
  if (rest === 0) return index === 0 ? buffers : buffers.slice(index)
  return [buffers[index]!.subarray(rest), ...buffers.slice(index + 1)]
}

/** Linux says it; elsewhere it stays unknown, and what was not synced is then never taken for whole. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return ''
  }
}

function isErrorWithCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
