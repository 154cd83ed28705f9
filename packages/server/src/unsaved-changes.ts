import type { Store } from '@repl/store'

/** Counts the keys changed since the newest snapshot was begun, whoever asked for that. */
export class UnsavedChanges {
  readonly #store: Store
  #changesAtBegin = 0
  #changesAtSave = 0
  #begunAt: number | null = null
  #savesDone: number

  constructor(store: Store) {
    this.#store = store
    this.#savesDone = store.persistence.savesDone
  }

  /** To be asked at least once while a snapshot is being made; what came before is then counted as saved. */
  get count(): number {
    const { changes } = this.#store.statistics
    const { startedAt, savesDone } = this.#store.persistence
    if (savesDone !== this.#savesDone) {
      this.#savesDone = savesDone
      // A snapshot so short that nobody saw it begin holds (nearly) everything.
      this.#changesAtSave = this.#begunAt === null ? changes : this.#changesAtBegin
      this.#begunAt = null
    }
    if (startedAt !== null && startedAt !== this.#begunAt) {
      this.#begunAt = startedAt
      this.#changesAtBegin = changes
    }
    return changes - this.#changesAtSave
  }
}
