import { randomBytes } from 'node:crypto'

/** A replication id: 40 hexadecimal digits, drawn at random when a history begins. */
export type ReplicationId = string

/** What stands for "no second id", as Redis writes it. */
export const NO_REPLICATION_ID: ReplicationId = '0'.repeat(40)

/** How many former ids a node remembers. Each is a restart or a promotion since which some slave may not have called. */
export const MAX_FORMER_HISTORIES = 16

/** An id that this node's history once had, valid up to an offset. */
export interface FormerHistory {
  readonly replicationId: ReplicationId
  /** The offset at which the next id took over: whoever has this id and is no further shares our history. */
  readonly offset: number
}

/** Which sequence of writes a node's data is a prefix of. */
export interface History {
  readonly replicationId: ReplicationId
  /** Earlier ids, newest first. */
  readonly former: readonly FormerHistory[]
}

/** Begins a history of its own. */
export function newHistory(): History {
  return { replicationId: newReplicationId(), former: [] }
}

/** Draws a replication id. */
export function newReplicationId(): ReplicationId {
  return randomBytes(20).toString('hex')
}

/**
 * Starts a new id at `offset` of the same data, as a promoted slave does, or a master that can't know whether
 * somebody has more of the old history than it recovered. The old ids stay valid up to their offsets.
 */
export function branchHistory(history: History, offset: number): History {
  return { replicationId: newReplicationId(), former: formerUpTo(history, offset) }
}

/**
 * Takes over the history that the master goes on under after a partial resynchronisation at `offset`. What the master
 * says of its former ids holds here too, as far as the stream will have come; the own ids name what is here already.
 */
export function continueHistory(history: History, master: History, offset: number): History {
  const known = new Set([master.replicationId, ...master.former.map(({ replicationId }) => replicationId)])
  const own = formerUpTo(history, offset).filter(({ replicationId }) => !known.has(replicationId))
  const former = [...master.former, ...own].sort((left, right) => right.offset - left.offset)
  const continued = { replicationId: master.replicationId, former: former.slice(0, MAX_FORMER_HISTORIES) }
  return isSameHistory(history, continued) ? history : continued
}

/** Whether a copy of `replicationId` that ends at `offset` is a prefix of this history, as far as ids can tell. */
export function isPrefixOf(history: History, replicationId: ReplicationId, offset: number): boolean {
  if (replicationId === history.replicationId) return true
  return history.former.some((former) => former.replicationId === replicationId && offset <= former.offset)
}

function isSameHistory(one: History, other: History): boolean {
  return (
    one.replicationId === other.replicationId &&
    one.former.length === other.former.length &&
    one.former.every(({ replicationId, offset }, index) => {
      const counterpart = other.former[index]
      return counterpart?.replicationId === replicationId && counterpart.offset === offset
    })
  )
}

/** A crash may have cost the end of the data, beyond which an id that was given up before is valid no more either. */
function formerUpTo(history: History, offset: number): readonly FormerHistory[] {
  const former = [{ replicationId: history.replicationId, offset }, ...history.former]
  return former
    .slice(0, MAX_FORMER_HISTORIES)
    .map((entry) => (entry.offset <= offset ? entry : { replicationId: entry.replicationId, offset }))
}
