import { PENDING_LIMIT, type Store } from '@repl/store'

/** A client whose replies wait for the disk. */
export interface HeldReplies {
  /** The offset that must be durable first. */
  readonly heldUntil: number
  /** Sends them, or holds them again where `mustAskAgain` and `offsetToAwait` says so. */
  releaseReplies(mustAskAgain: boolean): void
}

/** What of a store the gate looks at. */
export type GatedStore = Pick<Store, 'journal' | 'isReadOnly' | 'on' | 'off'>

/**
 * What clients owe to the journal: under `appendfsync always` no reply leaves before what it tells of is durable, and
 * when the disk can't keep up nobody gets to write more.
 */
export class JournalGate implements Disposable {
  readonly #store: GatedStore
  readonly #onRelieved: () => void
  #held: HeldReplies[] = []
  #wasPressed = false

  /** @param onRelieved is called when the journal takes more again */
  constructor(store: GatedStore, onRelieved: () => void) {
    this.#store = store
    this.#onRelieved = onRelieved
    store.on('durable', this.#advance)
    store.on('readable', this.#advance)
    store.on('journalHealed', this.#advance)
    store.on('journalFailed', this.#askAgain)
    store.on('history', this.#releaseAll)
  }

  /**
   * True while too much waits for the disk. Not while the disk refuses: then the store refuses writes, and reads
   * must go on.
   */
  readonly isPressed = (): boolean => {
    const { journal } = this.#store
    this.#wasPressed = journal.pendingBytes > PENDING_LIMIT && journal.failure === null
    return this.#wasPressed
  }

  /**
   * The offset that must be durable before a reply that was written now may leave, 0 for none. A reply may tell of
   * any write so far, one's own or another's; while the disk refuses, only one's own counts.
   */
  offsetToAwait(ownWriteOffset: number): number {
    const { journal, isReadOnly } = this.#store
    if (journal.fsync !== 'always') return 0
    const offset = journal.failure === null && !isReadOnly ? journal.endOffset : ownWriteOffset
    return offset > journal.durableOffset ? offset : 0
  }

  /** Calls `releaseReplies` when `heldUntil` is durable, or means nothing any more. */
  hold(replies: HeldReplies): void {
    this.#held.push(replies)
  }

  /** Forgets a client that is gone. */
  forget(replies: HeldReplies): void {
    const at = this.#held.indexOf(replies)
    if (at >= 0) this.#held.splice(at, 1)
  }

  [Symbol.dispose](): void {
    this.#store.off('durable', this.#advance)
    this.#store.off('readable', this.#advance)
    this.#store.off('journalHealed', this.#advance)
    this.#store.off('journalFailed', this.#askAgain)
    this.#store.off('history', this.#releaseAll)
  }

  readonly #advance = (): void => {
    if (this.#held.length > 0) {
      const { fsync, durableOffset } = this.#store.journal
      this.#release((replies) => fsync !== 'always' || replies.heldUntil <= durableOffset)
    }
    this.#relieve()
  }

  /** While the disk refuses, those who wrote nothing need not wait for it. */
  readonly #askAgain = (): void => {
    const held = this.#held
    this.#held = []
    for (const replies of held) replies.releaseReplies(true)
    this.#relieve()
  }

  /** Offsets of another history mean nothing here. */
  readonly #releaseAll = (): void => {
    this.#release(() => true)
    this.#relieve()
  }

  #release(mayGo: (replies: HeldReplies) => boolean): void {
    const held = this.#held
    this.#held = []
    for (const replies of held) {
      if (mayGo(replies)) replies.releaseReplies(false)
      else this.#held.push(replies)
    }
  }

  #relieve(): void {
    if (this.#wasPressed && !this.isPressed()) this.#onRelieved()
  }
}
