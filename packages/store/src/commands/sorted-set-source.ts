import { CompactSortedSet } from '../collections/compact-sorted-set.ts'
import { openValueAt } from '../collections/value-reader.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { VALUE_TYPE_SET, VALUE_TYPE_SORTED_SET } from '../keyspace/value-type.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { WRONG_TYPE } from './error-texts.ts'
import type { Reply } from './reply.ts'
import { isMember, setSize } from './set-record.ts'
import { viewSortedSet } from './sorted-set-record.ts'

/** What a set's members count as where sorted sets are combined with it. */
const SCORE_IN_SET = 1

/** A sorted set, a set or nothing, as one of those that a command combines. Holds until the next write. */
export interface CombinedSource {
  readonly size: number
  weight: number
  /** Calls `visit` for each member, in any order, until that returns false. */
  visitMembers(visit: (bytes: Buffer, start: number, end: number, score: number) => boolean): void
  /** The score of a member; NaN where it isn't in. */
  scoreOf(bytes: Buffer, start: number, end: number): number
}

/** The sources under the keys in the arguments [first, end); null where one is of another type (the error has been given). */
export function openSources(
  context: CommandContext,
  args: CommandArguments,
  first: number,
  end: number,
  reply: Reply,
): CombinedSource[] | null {
  const { keySpace } = context
  const sources: CombinedSource[] = []
  for (let i = first; i < end; i++) {
    const address = context.lookup(args, i)
    const type = address === 0 ? VALUE_TYPE_SORTED_SET : keySpace.typeOf(address)
    if (type === VALUE_TYPE_SORTED_SET) {
      sources.push(address === 0 ? emptySource() : sortedSetSource(keySpace, address))
    } else if (type === VALUE_TYPE_SET) {
      sources.push(setSource(keySpace, address))
    } else {
      reply.error(WRONG_TYPE)
      return null
    }
  }
  return sources
}

function emptySource(): CombinedSource {
  return { size: 0, weight: 1, visitMembers: () => {}, scoreOf: () => Number.NaN }
}

function sortedSetSource(keySpace: KeySpace, address: Address): CombinedSource {
  // A compact one of its own: several are read at once.
  const view = viewSortedSet(keySpace, address, new CompactSortedSet())
  return {
    size: view.size,
    weight: 1,
    visitMembers(visit) {
      const cursor = openValueAt(keySpace, address)
      while (cursor.next() && visit(cursor.bytes, cursor.start, cursor.end, cursor.score));
    },
    scoreOf: (bytes, start, end) => view.scoreOf(bytes, start, end),
  }
}

function setSource(keySpace: KeySpace, address: Address): CombinedSource {
  return {
    size: setSize(keySpace, address),
    weight: 1,
    visitMembers(visit) {
      const cursor = openValueAt(keySpace, address)
      while (cursor.next() && visit(cursor.bytes, cursor.start, cursor.end, SCORE_IN_SET));
    },
    scoreOf(bytes, start, end) {
      return isMember(keySpace, address, bytes, start, end) ? SCORE_IN_SET : Number.NaN
    },
  }
}
