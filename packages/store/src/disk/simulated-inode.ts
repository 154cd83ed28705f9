/** What a disk writes whole or not at all: a sector. Small, so that few bytes are enough to lie on several. */
const PAGE_BYTES = 512

/** One file of a simulated disk, whatever names it has. */
export interface Inode {
  /** What reads see: the page cache. */
  current: Buffer
  /** What a loss of power leaves at least. */
  durable: Buffer
  /** Pages that the next successful sync makes durable. */
  dirty: Set<number>
  /** How many syncs have begun, and which of them was the latest to take effect. */
  syncsBegun: number
  lastSync: number
}

/** A sync under way. */
export interface SyncInFlight {
  readonly order: number
  readonly pages: ReadonlySet<number>
  readonly image: Buffer
}

/** A file that has always been there. */
export function inodeOf(bytes: Buffer): Inode {
  return { current: Buffer.from(bytes), durable: Buffer.from(bytes), dirty: new Set(), syncsBegun: 0, lastSync: 0 }
}

/** What is there now is what the sync will make durable. */
export function beginSync(inode: Inode): SyncInFlight {
  return { order: ++inode.syncsBegun, pages: new Set(inode.dirty), image: Buffer.from(inode.current) }
}

/** The end of a sync. One that fails forgets what was dirty all the same, as Linux does. */
export function endSync(inode: Inode, { order, pages, image }: SyncInFlight, succeeds: boolean): void {
  // Written again meanwhile, a page stays dirty.
  for (const page of pages) if (isSamePage(inode.current, image, page)) inode.dirty.delete(page)
  // One that began later has covered all of it, and more.
  if (!succeeds || order < inode.lastSync) return
  inode.lastSync = order
  const durable = Buffer.alloc(image.length)
  inode.durable.copy(durable)
  for (const page of pages) copyPage(image, durable, page)
  inode.durable = durable
}

/** The power fails: of the pages that were not synced any are there, or not. */
export function loseUnsyncedPages(inode: Inode, random: () => number): void {
  const { current, durable, dirty } = inode
  const length = random() < 0.5 ? current.length : durable.length
  const left = Buffer.alloc(Math.max(current.length, durable.length))
  durable.copy(left)
  for (const page of dirty) if (random() < 0.5) copyPage(current, left, page)
  inode.current = left.subarray(0, length)
  inode.durable = Buffer.from(inode.current)
  dirty.clear()
}

/** Writes bytes at a position. */
export function put(inode: Inode, bytes: Buffer, position: number): void {
  if (bytes.length === 0) return
  if (position + bytes.length > inode.current.length) {
    const longer = Buffer.alloc(position + bytes.length)
    inode.current.copy(longer)
    inode.current = longer
  }
  bytes.copy(inode.current, position)
  markDirty(inode, position, position + bytes.length)
}

/** Cuts a file, or lengthens it by zeros. */
export function resize(inode: Inode, length: number): void {
  const resized = Buffer.alloc(length)
  inode.current.copy(resized)
  inode.current = resized
  for (const page of inode.dirty) if (page * PAGE_BYTES >= length) inode.dirty.delete(page)
  if (length % PAGE_BYTES !== 0) markDirty(inode, length - 1, length)
}

/** What lies from one position to another has to be synced. */
export function markDirty(inode: Inode, start: number, end: number): void {
  for (let page = Math.floor(start / PAGE_BYTES); page * PAGE_BYTES < end; page++) inode.dirty.add(page)
}

function copyPage(from: Buffer, to: Buffer, page: number): void {
  const start = page * PAGE_BYTES
  if (start < from.length) from.copy(to, start, start, start + PAGE_BYTES)
}

function isSamePage(left: Buffer, right: Buffer, page: number): boolean {
  const start = page * PAGE_BYTES
  return left.subarray(start, start + PAGE_BYTES).equals(right.subarray(start, start + PAGE_BYTES))
}
