const INITIAL_BYTES = 1024

/** Copies of strings one behind the other, for a reply that begins with how many there are. */
export class MemberList {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES)
  readonly #ends: number[] = []

  get size(): number {
    return this.#ends.length
  }

  add(bytes: Buffer, start: number, end: number): void {
    const at = this.#ends.at(-1) ?? 0
    const needed = at + end - start
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * needed)
      this.#bytes.copy(larger, 0, 0, at)
      this.#bytes = larger
    }
    bytes.copy(this.#bytes, at, start, end)
    this.#ends.push(needed)
  }

  visit(visitor: (bytes: Buffer, start: number, end: number) => void): void {
    let start = 0
    for (const end of this.#ends) {
      visitor(this.#bytes, start, end)
      start = end
    }
  }
}
