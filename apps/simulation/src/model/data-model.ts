/** A value of the model: a string, its bytes in latin1, or a collection. */
export type ModelValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'list'; readonly items: string[] }
  | { readonly type: 'set'; readonly members: Set<string> }
  | { readonly type: 'hash'; readonly fields: Map<string, string> }
  | { readonly type: 'sorted set'; readonly scores: Map<string, number> }

/** A key's value and its expiry in unix ms; 0 for never. */
export interface ModelRecord {
  value: ModelValue
  expiresAt: number
}

type Collection = Exclude<ModelValue, { type: 'string' }>

/**
 * What a data set should be at one place of its stream, in the plainest way there is. Like a slave it deletes nothing
 * by itself: what has expired stays until the stream deletes it. See `model-commands.ts` for what changes it.
 */
export class DataModel {
  /** The database that the stream has selected. */
  selected = 0
  readonly #databases = new Map<number, Map<string, ModelRecord>>()

  /** The keys of the database that is selected. */
  get records(): Map<string, ModelRecord> {
    return this.database(this.selected)
  }

  /** The keys of a database. */
  database(number: number): Map<string, ModelRecord> {
    let records = this.#databases.get(number)
    if (records === undefined) {
      records = new Map()
      this.#databases.set(number, records)
    }
    return records
  }

  /** The databases that have keys. */
  get databases(): ReadonlyMap<number, ReadonlyMap<string, ModelRecord>> {
    return new Map([...this.#databases].filter(([, records]) => records.size > 0))
  }

  swap(first: number, second: number): void {
    const records = this.database(first)
    this.#databases.set(first, this.database(second))
    this.#databases.set(second, records)
  }

  clearAll(): void {
    this.#databases.clear()
  }

  string(key: string): string {
    const value = this.records.get(key)?.value
    if (value === undefined) return ''
    if (value.type !== 'string') throw new Error(`${key} is a ${value.type}`)
    return value.value
  }

  setString(key: string, value: string, expiresAt: number): void {
    this.records.set(key, { value: { type: 'string', value }, expiresAt })
  }

  /** Changes a string and leaves its expiry. */
  changeString(key: string, value: string): void {
    this.setString(key, value, this.records.get(key)?.expiresAt ?? 0)
  }

  list(key: string): string[] {
    return this.#collection(key, { type: 'list', items: [] }).items
  }

  set(key: string): Set<string> {
    return this.#collection(key, { type: 'set', members: new Set() }).members
  }

  hash(key: string): Map<string, string> {
    return this.#collection(key, { type: 'hash', fields: new Map() }).fields
  }

  sortedSet(key: string): Map<string, number> {
    return this.#collection(key, { type: 'sorted set', scores: new Map() }).scores
  }

  /** A collection without elements is none. */
  removeIfEmpty(key: string): void {
    const value = this.records.get(key)?.value
    if (value !== undefined && value.type !== 'string' && sizeOf(value) === 0) this.records.delete(key)
  }

  #collection<Value extends Collection>(key: string, empty: Value): Value {
    const record = this.records.get(key) ?? { value: empty, expiresAt: 0 }
    if (record.value.type !== empty.type) throw new Error(`${key} is a ${record.value.type}`)
    this.records.set(key, record)
    return record.value as Value
  }
}

function sizeOf(value: Collection): number {
  switch (value.type) {
    case 'list':
      return value.items.length
    case 'set':
      return value.members.size
    case 'hash':
      return value.fields.size
    case 'sorted set':
      return value.scores.size
  }
}
