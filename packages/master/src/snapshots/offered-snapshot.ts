import type { JournalReader, SnapshotDraft } from '@repl/store'
import type { HeldSnapshot } from './held-snapshot.ts'

/** A snapshot as a slave is offered it: a whole file, or one that is still being written. */
export interface OfferedSnapshot {
  readonly id: string
  readonly replicationId: string
  readonly offset: number
  /** In bytes; 0 while it is being written. */
  readonly size: number
  /** Where the file lies: in the first of these places where there is one. */
  readonly paths: readonly string[]
  /** For people: whether it was made for this or was there. */
  readonly origin: string
  /** Resolves when the file is whole, and rejects where it will not be. */
  readonly whole: Promise<HeldSnapshot>
  /** As that of HeldSnapshot; not before the file is whole. */
  takeReader(): JournalReader
  release(): void
}

/** Offers a whole file. */
export function offerWhole(held: HeldSnapshot): OfferedSnapshot {
  const { id, replicationId, offset, size, path } = held.file
  return {
    id,
    replicationId,
    offset,
    size,
    paths: [path],
    origin: held.origin,
    whole: Promise.resolve(held),
    takeReader: () => held.takeReader(),
    release: () => held.release(),
  }
}

/** Offers a file that is being written. Released before it is whole, it is kept for whoever comes back for the rest. */
export function offerDraft(draft: SnapshotDraft, whole: Promise<HeldSnapshot>, origin: string): OfferedSnapshot {
  let held: HeldSnapshot | null = null
  let isReleased = false
  whole.then(
    (snapshot) => {
      held = snapshot
      if (isReleased) held.release()
    },
    () => undefined,
  )
  return {
    ...draft,
    size: 0,
    origin,
    whole,
    takeReader: () => {
      if (held === null) throw new Error(`snapshot ${draft.id} is still being written`)
      return held.takeReader()
    },
    release: () => {
      isReleased = true
      held?.release()
    },
  }
}
