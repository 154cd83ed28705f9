import type { RecordTarget, RecordVisitor, SnapshotRecords } from './snapshot-records.ts'

/** A record as plain values, for tests. */
export interface PlainRecord {
  readonly key: Buffer
  readonly value: Buffer
  /** Unix milliseconds, 0 for never. */
  readonly expiresAt: number
}

/** The simplest snapshot and the simplest key space there can be: what tests compare the real ones with. */
export class RecordList implements SnapshotRecords, RecordTarget {
  readonly #records = new Map<string, PlainRecord>()
  #visited = 0

  constructor(records: Iterable<PlainRecord> = []) {
    for (const record of records) this.#records.set(record.key.toString('latin1'), record)
  }

  get size(): number {
    return this.#records.size
  }

  get volatileSize(): number {
    return this.records().filter(({ expiresAt }) => expiresAt !== 0).length
  }

  /** All records, in the order of their keys. */
  records(): PlainRecord[] {
    return [...this.#records.values()].sort((a, b) => Buffer.compare(a.key, b.key))
  }

  visit(count: number, visit: RecordVisitor): boolean {
    const records = [...this.#records.values()]
    const end = Math.min(records.length, this.#visited + count)
    for (; this.#visited < end; this.#visited++) {
      const { key, value, expiresAt } = records[this.#visited]!
      // As in an arena: key and value somewhere in one buffer.
      const bytes = Buffer.concat([Buffer.from('???'), key, value, Buffer.from('!')])
      const valueStart = 3 + key.length
      visit(bytes, 3, valueStart, valueStart, valueStart + value.length, 0, expiresAt, null)
    }
    return this.#visited < records.length
  }

  set(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    expiresAt: number,
  ): void {
    const copy = Buffer.from(key.subarray(keyStart, keyEnd))
    const record = { key: copy, value: Buffer.from(value.subarray(valueStart, valueEnd)), expiresAt }
    this.#records.set(copy.toString('latin1'), record)
  }

  clear(): void {
    this.#records.clear()
  }
}
