import type { Journal, Store } from '@repl/store'

/** Looks on as a journal forgets its beginning, and says when that is too early: slaves that were away need it. */
export class RetentionCheck {
  readonly #journal: Journal
  readonly #now: () => number
  #firstOffset: number
  /** Where the end was, and since when, oldest first. */
  #ends: { at: number; offset: number }[]

  /** @param since what the journal had when it was opened was there then, or later */
  constructor(journal: Journal, now: () => number, since: number) {
    this.#journal = journal
    this.#now = now
    this.#firstOffset = journal.firstOffset
    this.#ends = [{ at: since, offset: journal.endOffset }]
  }

  /** The oldest byte that was there when this was asked last. */
  get firstOffset(): number {
    return this.#firstOffset
  }

  /**
   * To be called after every event; null where all is well.
   * @param isOfTime whether ages can be relied on
   * @param lastFirstOffset the oldest byte of the life before, where this one is to go on with what was there
   */
  look(
    { journalRetention, latestSnapshot }: Store,
    isOfTime: boolean,
    lastFirstOffset = this.#firstOffset,
  ): string | null {
    const { firstOffset, endOffset } = this.#journal
    const { bytes, milliseconds, limitBytes } = journalRetention
    const ends = this.#ends
    const now = this.#now()
    if (milliseconds > 0 && endOffset > ends.at(-1)!.offset) ends.push({ at: now, offset: endOffset })
    this.#firstOffset = firstOffset
    if (firstOffset <= lastFirstOffset) return null
    const offset = latestSnapshot?.offset ?? 0
    if (firstOffset > offset) return `begins at ${firstOffset}, behind the snapshot at ${offset}`
    if (firstOffset > endOffset - bytes) return `keeps ${endOffset - firstOffset} bytes, and should keep ${bytes}`
    if (milliseconds === 0 || !isOfTime) return null
    while (ends.length > 1 && ends[1]!.at <= now - milliseconds) ends.shift()
    const old = ends[0]!.at <= now - milliseconds ? ends[0]!.offset : 0
    const allowed = Math.max(old, endOffset - limitBytes)
    if (firstOffset <= allowed) return null
    return `begins at ${firstOffset}, and should have what came in the last ${milliseconds} ms, from ${allowed} on`
  }
}
