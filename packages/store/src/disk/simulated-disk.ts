import { dirname } from 'node:path'
import type { Disk, DiskFile, DiskOpenMode } from './disk.ts'
import {
  beginSync,
  endSync,
  type Inode,
  inodeOf,
  loseUnsyncedPages,
  markDirty,
  put,
  resize,
  type SyncInFlight,
} from './simulated-inode.ts'

/** How many turns of the event loop an operation takes at most; most take few. */
const MAX_TURNS = 6

/** What may be made to fail. */
export type DiskOperation =
  | 'open'
  | 'create'
  | 'read'
  | 'write'
  | 'datasync'
  | 'truncate'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'makeDirectory'
  | 'removeDirectory'
  | 'syncDirectory'

interface WriteInFlight {
  readonly inode: Inode
  readonly bytes: Buffer
  readonly position: number
}

/**
 * A disk in memory that can be full, fail, and crash. It keeps apart what was written and what was synced, loses
 * unsynced pages one by one when the power fails, and forgets dirty pages when a sync fails, as Linux does.
 */
export class SimulatedDisk {
  /** Bytes of all files together; ENOSPC beyond. */
  capacity = Number.POSITIVE_INFINITY
  /**
   * Called before each operation: decides whether it fails, with an errno code, before it does anything (a write: after
   * half of it). May call `kill` or `losePower`: the process then dies at this operation.
   */
  fault: ((operation: DiskOperation, path: string) => string | null) | null = null
  /** Whether a sync must wait still; asked every turn. */
  holdsSync: (() => boolean) | null = null
  /** How often each operation was called. */
  readonly counts = new Map<DiskOperation, number>()

  #boot = 1
  /** Raised by a crash: operations and files from before come to nothing. */
  #life = 0
  #names = new Map<string, Inode>()
  #durableNames = new Map<string, Inode>()
  #temporaryDirectories = 0
  #writesInFlight = new Set<WriteInFlight>()
  readonly #random: () => number
  readonly #latency: () => Promise<void>

  /**
   * @param random from 0 up to 1, decides what a crash leaves and how long an operation takes
   * @param latency resolves when an operation has taken its time; some turns of the event loop by default
   */
  constructor(random: () => number = Math.random, latency: () => Promise<void> = () => someTurns(random)) {
    this.#random = random
    this.#latency = latency
  }

  /** The disk as one process sees it. After a crash nothing that the process still does has any effect, nor an end. */
  mount(): Disk {
    const life = this.#life
    const begin = (operation: DiskOperation, path: string) => this.#begin(operation, path, life)
    const enter = (operation: DiskOperation, path: string) => this.#enter(operation, path, life)
    return {
      bootId: `boot-${this.#boot}`,
      open: async (path, mode) => {
        await begin(mode === 'create' ? 'create' : 'open', path)
        return this.#open(path, mode, life)
      },
      openSync: (path, mode) => {
        enter(mode === 'create' ? 'create' : 'open', path)
        return this.#open(path, mode, life)
      },
      readFileSync: (path) => {
        enter('read', path)
        return Buffer.from(this.#inode(path).current)
      },
      rename: async (from, to) => {
        await begin('rename', from)
        this.#rename(from, to)
      },
      renameSync: (from, to) => {
        enter('rename', from)
        this.#rename(from, to)
      },
      link: async (path, name) => {
        await begin('link', path)
        if (this.#names.has(name)) throw diskError('EEXIST', 'link', name)
        this.#names.set(name, this.#inode(path))
      },
      unlink: async (path) => {
        await begin('unlink', path)
        this.#unlink(path)
      },
      unlinkSync: (path) => {
        enter('unlink', path)
        this.#unlink(path)
      },
      list: async (directory) => {
        await this.#takeTime(life)
        return this.list(directory)
      },
      makeDirectory: (path) => begin('makeDirectory', path),
      makeTemporaryDirectory: async () => {
        const path = `/tmp/${++this.#temporaryDirectories}`
        await begin('makeDirectory', path)
        return path
      },
      removeDirectory: async (path) => {
        for (const name of this.#namesBelow(path)) {
          await begin('unlink', name)
          this.#names.delete(name)
        }
        await begin('removeDirectory', path)
      },
      syncDirectory: async (path) => {
        await begin('syncDirectory', path)
        this.#syncDirectory(path)
      },
      syncDirectorySync: (path) => {
        enter('syncDirectory', path)
        this.#syncDirectory(path)
      },
    }
  }

  /** The names in a folder. */
  list(directory: string): string[] {
    const paths = [...this.#names.keys()].filter((path) => dirname(path) === directory)
    return paths.map((path) => path.slice(directory.length + 1))
  }

  /** The process is killed: the first bytes of a write under way stay, and all that was written before. */
  kill(): void {
    this.#life++
    for (const { inode, bytes, position } of this.#writesInFlight) {
      put(inode, bytes.subarray(0, Math.floor(this.#random() * (bytes.length + 1))), position)
    }
    this.#writesInFlight.clear()
    // Pages that a failed sync has lost look good to the next process, and it can't know. No program on Linux can; the
    // store promises nothing for a failed sync, a death before the rewrite and a loss of power after it.
    for (const inode of this.#names.values()) markDirty(inode, 0, inode.current.length)
  }

  /** The power fails: of what was not synced, any pages and any names are there, or not. */
  losePower(): void {
    this.kill()
    this.#boot++
    const names = new Map<string, Inode>()
    for (const name of new Set([...this.#names.keys(), ...this.#durableNames.keys()])) {
      const isKept = this.#random() < 0.5
      const inode = isKept ? this.#names.get(name) : this.#durableNames.get(name)
      if (inode !== undefined) names.set(name, inode)
    }
    for (const inode of new Set(names.values())) loseUnsyncedPages(inode, this.#random)
    this.#names = names
    this.#durableNames = new Map(names)
  }

  /** Bytes of all files together. */
  get usedBytes(): number {
    let used = 0
    for (const { current } of new Set(this.#names.values())) used += current.length
    return used
  }

  /** The bytes of a file as a program sees them. */
  bytesOf(path: string): Buffer {
    return this.#inode(path).current
  }

  /** Puts a file there, in place of another where there is one, as if it had always been there. */
  place(path: string, bytes: Buffer): void {
    const inode = inodeOf(bytes)
    this.#names.set(path, inode)
    this.#durableNames.set(path, inode)
  }

  #rename(from: string, to: string): void {
    const inode = this.#inode(from)
    // Two names of one file: rename(2) does nothing.
    if (this.#names.get(to) === inode) return
    this.#names.set(to, inode)
    this.#names.delete(from)
  }

  #unlink(path: string): void {
    this.#inode(path)
    this.#names.delete(path)
  }

  #namesBelow(directory: string): string[] {
    return [...this.#names.keys()].filter((name) => name.startsWith(`${directory}/`))
  }

  #syncDirectory(path: string): void {
    for (const name of this.#durableNames.keys()) {
      if (dirname(name) === path && !this.#names.has(name)) this.#durableNames.delete(name)
    }
    for (const [name, inode] of this.#names) if (dirname(name) === path) this.#durableNames.set(name, inode)
  }

  #open(path: string, mode: DiskOpenMode, life: number): DiskFile {
    let inode = this.#names.get(path)
    if (inode === undefined) {
      if (mode !== 'create') throw diskError('ENOENT', 'open', path)
      inode = inodeOf(Buffer.alloc(0))
      this.#names.set(path, inode)
    } else if (mode === 'create') resize(inode, 0)
    return this.#file(path, inode, life)
  }

  #file(path: string, inode: Inode, life: number): DiskFile {
    return {
      read: async (target, position) => {
        await this.#begin('read', path, life)
        return inode.current.copy(target, 0, Math.min(position, inode.current.length))
      },
      write: async (buffers, position) => {
        const write = { inode, bytes: Buffer.concat(buffers), position }
        if (life === this.#life) this.#writesInFlight.add(write)
        await this.#takeTime(life)
        const code = this.#check('write', path)
        await this.#hangIfDead(life)
        this.#writesInFlight.delete(write)
        this.#write(path, write, code)
      },
      writeSync: (buffers, position) => {
        const write = { inode, bytes: Buffer.concat(buffers), position }
        this.#throwIfDead(life)
        this.#writesInFlight.add(write)
        const code = this.#check('write', path)
        this.#throwIfDead(life)
        this.#writesInFlight.delete(write)
        this.#write(path, write, code)
      },
      datasync: async () => {
        const sync = beginSync(inode)
        while (this.holdsSync?.()) await this.#latency()
        await this.#takeTime(life)
        const code = this.#check('datasync', path)
        await this.#hangIfDead(life)
        this.#endSync(path, inode, sync, code)
      },
      datasyncSync: () => {
        this.#throwIfDead(life)
        const code = this.#check('datasync', path)
        this.#throwIfDead(life)
        this.#endSync(path, inode, beginSync(inode), code)
      },
      truncate: async (length) => {
        await this.#begin('truncate', path, life)
        resize(inode, length)
      },
      size: async () => inode.current.length,
      close: async () => {},
      closeSync: () => {},
    }
  }

  #write(path: string, { inode, bytes, position }: WriteInFlight, code: string | null): void {
    const growth = Math.max(0, position + bytes.length - inode.current.length)
    const missing = Math.max(0, this.usedBytes + growth - this.capacity)
    const fits = code === null ? Math.max(0, bytes.length - missing) : bytes.length >>> 1
    put(inode, bytes.subarray(0, fits), position)
    if (code !== null || missing > 0) throw diskError(code ?? 'ENOSPC', 'write', path)
  }

  #endSync(path: string, inode: Inode, sync: SyncInFlight, code: string | null): void {
    endSync(inode, sync, code === null)
    if (code !== null) throw diskError(code, 'fdatasync', path)
  }

  async #begin(operation: DiskOperation, path: string, life: number): Promise<void> {
    await this.#takeTime(life)
    const code = this.#check(operation, path)
    await this.#hangIfDead(life)
    if (code !== null) throw diskError(code, operation, path)
  }

  #enter(operation: DiskOperation, path: string, life: number): void {
    this.#throwIfDead(life)
    const code = this.#check(operation, path)
    this.#throwIfDead(life)
    if (code !== null) throw diskError(code, operation, path)
  }

  async #takeTime(life: number): Promise<void> {
    await this.#latency()
    await this.#hangIfDead(life)
  }

  /** What a dead process has asked for never comes back to it. */
  async #hangIfDead(life: number): Promise<void> {
    if (life !== this.#life) await new Promise(() => {})
  }

  /** The rest of the turn in which a process dies has no effect; nothing but an exception can end it. */
  #throwIfDead(life: number): void {
    if (life !== this.#life) throw diskError('EDEAD', 'an operation of a dead process', '')
  }

  #check(operation: DiskOperation, path: string): string | null {
    this.counts.set(operation, (this.counts.get(operation) ?? 0) + 1)
    return this.fault?.(operation, path) ?? null
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path)
    if (inode === undefined) throw diskError('ENOENT', 'open', path)
    return inode
  }
}

async function someTurns(random: () => number): Promise<void> {
  for (let turns = 1 + random() ** 2 * MAX_TURNS; turns > 0; turns--) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function diskError(code: string, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${operation} '${path}'`), { code })
}
