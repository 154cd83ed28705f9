import type { FormerHistory } from '@repl/store'

/** What a master knows of its history and of how much of it can still be read. */
export interface MasterFacts {
  /** The present id, 40 hexadecimal digits. */
  readonly replicationId: string
  /** The earlier ids, newest first: told to slaves. */
  readonly former: readonly FormerHistory[]
  /** The oldest byte of the stream that can still be read. */
  readonly firstOffset: number
  /** The end of the stream. */
  readonly endOffset: number
  /** Whether a copy of that history that ends at `offset` is a prefix of this one: the present id, or a former one. */
  readonly isPrefix: (replicationId: string, offset: number) => boolean
}

/** How a slave gets what it lacks. */
export type SynchronizationDecision =
  | { readonly kind: 'partial' }
  /** `reason` is for people: why it can't simply go on. */
  | { readonly kind: 'full'; readonly reason: string }

/**
 * Decides whether a slave that has a copy of `replicationId` up to `offset` can go on from there. The one place where
 * a slave that has diverged would be let in, so every clause is a separate reason.
 * @param former earlier ids of the slave's copy
 */
export function decideSynchronization(
  replicationId: string,
  offset: number,
  facts: MasterFacts,
  former: readonly FormerHistory[] = [],
): SynchronizationDecision {
  if (replicationId === '') return full('the slave has no copy yet')
  // An earlier id of the slave's that reaches to its end names its copy as well: it wrote nothing under the next one.
  const names = [replicationId, ...former.filter((entry) => entry.offset >= offset).map((entry) => entry.replicationId)]
  if (!names.some((name) => name === facts.replicationId || facts.isPrefix(name, offset))) {
    return full(`the slave's history ${replicationId} at offset ${offset} is no part of ${facts.replicationId}`)
  }
  if (offset > facts.endOffset) {
    // Its bytes after our end are not ours: we may have lost them, and written others in their place. What is not safe
    // here yet, after a promotion for example, it may have all the same: it gets nothing before that is.
    return full(`the slave is at offset ${offset}, ahead of the master at ${facts.endOffset}`)
  }
  if (offset < facts.firstOffset) {
    return full(`offset ${offset} is no longer in the journal, which begins at ${facts.firstOffset}`)
  }
  return { kind: 'partial' }
}

function full(reason: string): SynchronizationDecision {
  return { kind: 'full', reason }
}
