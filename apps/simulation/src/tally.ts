/** Counts what happens, by a name for people. */
export class Tally {
  readonly #counts: Record<string, number> = {}

  count(what: string, times = 1): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + times
  }

  /** How often each thing has happened. */
  get counts(): Readonly<Record<string, number>> {
    return this.#counts
  }
}
