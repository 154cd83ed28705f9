import type { Address } from './arena.ts'

/** A list of addresses that is filled again and again without leaving garbage. */
export class AddressList {
  count = 0
  #addresses = new Uint32Array(64)

  add(address: Address): void {
    if (this.count === this.#addresses.length) {
      const addresses = new Uint32Array(2 * this.count)
      addresses.set(this.#addresses)
      this.#addresses = addresses
    }
    this.#addresses[this.count++] = address
  }

  /** The i-th address; `i` is below `count`. */
  at(i: number): Address {
    return this.#addresses[i]!
  }
}
