import { short, type TrueHistories } from '../model/true-histories.ts'
import type { ObservedDecision } from './decision-observer.ts'
import { Violation } from './violation.ts'

/** What is true of the slave that asked. */
export interface AskingSlave {
  readonly name: string
  /** Its place in its history at this moment. */
  readonly id: string
  readonly offset: number
  /** Its copy is known to be wrong: an operation of its disk has failed. */
  readonly isCopyDoubtful: boolean
}

/**
 * Judges a decision by what is true, not by what master and slave believe: a slave goes on exactly if what it has is
 * a prefix of what the master has, and the master still has what comes next.
 */
export function checkDecision(
  decision: ObservedDecision,
  masterName: string,
  masterId: string,
  slave: AskingSlave | null,
  truth: TrueHistories,
): void {
  const { kind, facts, requestedId, requestedOffset, reason } = decision
  const isPrefix =
    requestedId !== '' &&
    truth.get(requestedId) !== undefined &&
    truth.isPrefix(requestedId, requestedOffset, masterId) &&
    requestedOffset <= facts.readableOffset
  const place = `${requestedId === '' ? 'nothing' : short(requestedId)} at ${requestedOffset}`
  if (kind === 'partial') {
    if (!isPrefix || requestedOffset < facts.firstOffset) {
      throw new Violation('nobody who has diverged is fed', masterName, `lets a slave go on from ${place}`)
    }
    return
  }
  // What was asked from counts, not where the slave is by now. One that asks from nothing should have nothing.
  const copy = requestedId !== '' ? { id: requestedId, offset: requestedOffset } : slave
  if (copy === null) return
  const couldGoOn =
    copy.offset > 0 &&
    copy.offset >= facts.firstOffset &&
    copy.offset <= facts.readableOffset &&
    truth.get(copy.id) !== undefined &&
    truth.isPrefix(copy.id, copy.offset, masterId)
  if (!couldGoOn || (requestedId === '' && slave?.isCopyDoubtful)) return
  const has = `${short(copy.id)} at ${copy.offset}`
  throw new Violation(
    'nobody synchronises in full who need not',
    masterName,
    `gives ${slave?.name ?? 'a slave'} a snapshot, who has ${has} and asked from ${place}: ${reason}`,
  )
}
