import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressList } from './address-list.ts'
import { type Address, Arena, SEGMENT_SHIFT, UNIT_MASK } from './arena.ts'
import { PagedIndex } from './paged-index.ts'
import { unitsFor, writeHeader } from './record-layout.ts'
import { RecordLog } from './record-log.ts'

/** An index whose hashes the test chooses; the keys are numbers of four bytes. */
class ChosenHashes {
  readonly log = new RecordLog(new Arena())
  readonly index = new PagedIndex(this.log)
  readonly #key = Buffer.alloc(4)

  insert(key: number, hash: number, isVolatile = false): Address {
    this.#key.writeUInt32LE(key)
    expect(this.index.locate(hash, this.#key, 0, 4)).toBe(0)
    const units = unitsFor(4, 0, 0)
    const address = this.log.append(units)
    const words = this.log.arena.words[address >>> SEGMENT_SHIFT]!
    writeHeader(words, (address & UNIT_MASK) << 1, units, 4, 0, 0, 0)
    this.#key.copy(this.log.arena.buffers[address >>> SEGMENT_SHIFT]!, ((address & UNIT_MASK) << 3) + 8)
    this.index.insertLocated(hash, address, isVolatile)
    return address
  }

  find(key: number, hash: number): Address {
    this.#key.writeUInt32LE(key)
    return this.index.locate(hash, this.#key, 0, 4)
  }

  remove(key: number, hash: number): void {
    expect(this.find(key, hash)).not.toBe(0)
    this.index.removeLocated(hash)
  }

  /** What a walk in steps of `limit` finds. */
  walk(limit: number, onlyVolatile = false): Address[] {
    const found = new AddressList()
    const all: Address[] = []
    let hash = 0
    do {
      found.count = 0
      hash = this.index.gather(hash, limit, onlyVolatile, found)
      for (let i = 0; i < found.count; i++) all.push(found.at(i))
    } while (hash !== 0)
    return all
  }
}

/** Hashes that gather at the ends of the range, at the borders of pages and in the same places. */
const hash = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, 1, -1, -2, 0x7fffffff, -0x80000000, 0x40000000),
  fc.integer({ min: -0x800, max: 0x800 }),
)

describe('PagedIndex', () => {
  it('finds, walks and removes records of any hashes, the same and the nearly same among them', () => {
    const property = fc.property(
      fc.array(fc.tuple(hash, fc.boolean()), { minLength: 1, maxLength: 3000, size: 'max' }),
      fc.integer({ min: 1, max: 50 }),
      (entries, limit) => {
        const chosen = new ChosenHashes()
        const addresses = entries.map(([hash, isVolatile], key) => chosen.insert(key, hash, isVolatile))
        for (const [key, [hash]] of entries.entries()) expect(chosen.find(key, hash)).toBe(addresses[key])
        const inOrder = (kept: (key: number) => boolean) => {
          const keys = entries.map((_, key) => key).filter(kept)
          return keys.map((key) => addresses[key]!).sort((a, b) => a - b)
        }
        expect(chosen.walk(limit).sort((a, b) => a - b)).toEqual(inOrder(() => true))
        expect(chosen.walk(limit, true).sort((a, b) => a - b)).toEqual(inOrder((key) => entries[key]![1]))
        for (const [key, [hash]] of entries.entries()) if (key % 3 > 0) chosen.remove(key, hash)
        expect(chosen.walk(limit).sort((a, b) => a - b)).toEqual(inOrder((key) => key % 3 === 0))
        expect(chosen.index.volatileSize).toBe(chosen.walk(limit, true).length)
      },
    )
    fc.assert(property, { numRuns: 30 })
  })

  it('takes more records of one hash than a page holds', () => {
    const chosen = new ChosenHashes()
    for (let key = 0; key < 6000; key++) chosen.insert(key, 0x12345678)
    expect(chosen.find(5999, 0x12345678)).not.toBe(0)
    expect(chosen.walk(1).length).toBe(6000)
    for (let key = 0; key < 6000; key++) chosen.remove(key, 0x12345678)
    expect(chosen.index.size).toBe(0)
  }, 30_000)

  it('gives its pages and its directory back', () => {
    const chosen = new ChosenHashes()
    const hashOf = (key: number) => Math.imul(key, 0x9e3779b1)
    const { bytes } = chosen.index
    for (let key = 0; key < 100_000; key++) chosen.insert(key, hashOf(key))
    expect(chosen.index.bytes / 100_000).toBeLessThan(8 / 0.6)
    for (let key = 0; key < 100_000; key++) chosen.remove(key, hashOf(key))
    expect(chosen.index.bytes).toBeLessThan(2 * bytes)
  })

  it('picks every record about as often as any other', () => {
    const chosen = new ChosenHashes()
    const addresses = Array.from({ length: 20 }, (_, key) => chosen.insert(key, Math.imul(key, 0x9e3779b1)))
    const seen = new Set<Address>()
    for (let i = 0; i < 200; i++) {
      let call = 0
      seen.add(chosen.index.pick(() => (call++ === 0 ? 0.5 : i / 200)))
    }
    expect(seen).toEqual(new Set(addresses))
    expect(new ChosenHashes().index.pick(Math.random)).toBe(0)
  })
})
