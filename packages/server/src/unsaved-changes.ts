import type { Store } from '@repl/store'

/**
 * Counts the keys changed since the newest snapshot was begun, whoever asked for that. Exact where it is asked while
 * the snapshot is being made or nothing was written since; otherwise it counts from when it was last asked before.
 */
export class UnsavedChanges {
  readonly #store: Store
  #base = 0
  #lastSeen = 0
  #begun: { readonly at: number; readonly changes: number } | null = null
  #savesDone: number

  constructor(store: Store) {
    this.#store = store
    this.#savesDone = store.persistence.savesDone
  }

  get count(): number {
    const { statistics, persistence, latestSnapshot, offset } = this.#store
    const { changes } = statistics
    const { startedAt, savesDone } = persistence
    if (savesDone !== this.#savesDone) {
      this.#savesDone = savesDone
      this.#base = this.#begun?.changes ?? this.#lastSeen
      this.#begun = null
    }
    if (startedAt !== null && startedAt !== this.#begun?.at) this.#begun = { at: startedAt, changes }
    if (latestSnapshot?.offset === offset) this.#base = changes
    this.#lastSeen = changes
    return changes - this.#base
  }
}
