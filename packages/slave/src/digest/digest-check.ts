import type { Store } from '@repl/store'

/** A digest of the master's that this node's data set does not have at the same offset. */
export interface Divergence {
  readonly offset: number
  /** The master's digest, 32 hexadecimal digits. */
  readonly expected: string
  /** This node's. */
  readonly actual: string
  /** Whether this node's was read from memory byte by byte, and not the one that is kept with each write. */
  readonly isOfMemory: boolean
}

/** What a check needs of the slave that it belongs to. */
export interface DigestCheckOwner {
  readonly store: Store
  now(): number
  /** From one reading of all memory to the next, in ms; 0 for never. */
  memoryPeriod(): number
  onChecked(offset: number, isOfMemory: boolean): void
  onDivergence(divergence: Divergence): void
}

/**
 * Compares the data set with the master's at offsets that the master picks. The kept digest finds what was applied
 * wrongly; reading memory, which is done from time to time in its place, finds what has changed by itself as well.
 */
export class DigestCheck implements Disposable {
  private readonly owner: DigestCheckOwner
  private kept: Disposable | null = null
  private memoryReadAt: number
  private isReadingMemory = false

  constructor(owner: DigestCheckOwner) {
    this.owner = owner
    this.memoryReadAt = owner.now()
  }

  /** Keeps the digest from now on: the master has said that it will ask. */
  begin(): void {
    this.kept ??= this.owner.store.keepDigest()
  }

  /** The stream is at `offset`, where the master's data set has the digest `expected`. */
  compare(offset: number, expected: string): void {
    const { store } = this.owner
    // A master may begin to ask long after the link was made.
    this.begin()
    if (store.isLoading || store.appliedOffset !== offset) return
    const period = this.owner.memoryPeriod()
    const now = this.owner.now()
    if (period > 0 && !this.isReadingMemory && now - this.memoryReadAt >= period) {
      void this.readMemory(now).then((actual) => {
        if (this.kept !== null) this.report(offset, expected, actual, true)
      })
    } else if (store.digest !== null) {
      this.report(offset, expected, store.digest, false)
    }
  }

  /** Ends it; a comparison under way has no result. */
  [Symbol.dispose](): void {
    this.kept?.[Symbol.dispose]()
    this.kept = null
  }

  private report(offset: number, expected: string, actual: string, isOfMemory: boolean): void {
    if (actual === expected) this.owner.onChecked(offset, isOfMemory)
    else this.owner.onDivergence({ offset, expected, actual, isOfMemory })
  }

  private readMemory(now: number): Promise<string> {
    this.memoryReadAt = now
    this.isReadingMemory = true
    return this.owner.store.digestMemory().finally(() => {
      this.isReadingMemory = false
    })
  }
}
