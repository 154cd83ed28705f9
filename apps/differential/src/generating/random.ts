/** A stream of random numbers that a seed decides wholly (sfc32, 128 bits of state). */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** The parts of a seed, each a number of up to 32 bits, make streams that have nothing in common. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0
    this.#b = stream | 0
    this.#c = 0x9e3779b9
    for (let i = 0; i < 16; i++) this.#next()
  }

  /** A number from 0 up to `limit`, without it. */
  below(limit: number): number {
    return Math.floor((this.#next() / 2 ** 32) * limit)
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True in one of `n` cases. */
  oneIn(n: number): boolean {
    return this.below(n) === 0
  }

  /** One of them, all equally likely. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}
