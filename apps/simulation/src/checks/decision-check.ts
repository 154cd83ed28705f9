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

/** What the master that was asked has: not what it takes for true when it decides. */
export interface AskedMaster {
  readonly name: string
  readonly id: string
  /** Its journal has the bytes from here up to `endOffset`. */
  readonly firstOffset: number
  readonly endOffset: number
}

/**
 * Judges a decision by what is true, not by what master and slave believe: a slave goes on exactly if what it has is
 * a prefix of what the master has, and the master still has what comes next.
 */
export function checkDecision(
  decision: ObservedDecision,
  master: AskedMaster,
  slave: AskingSlave | null,
  truth: TrueHistories,
): void {
  const { kind, requestedId, requestedOffset, reason } = decision
  const isPrefix =
    requestedId !== '' &&
    truth.get(requestedId) !== undefined &&
    truth.isPrefix(requestedId, requestedOffset, master.id) &&
    requestedOffset <= master.endOffset
  const place = `${requestedId === '' ? 'nothing' : short(requestedId)} at ${requestedOffset}`
  if (kind === 'partial') {
    if (!isPrefix || requestedOffset < master.firstOffset) {
      throw new Violation('nobody who has diverged is fed', master.name, `lets a slave go on from ${place}`)
    }
    return
  }
  // What was asked from counts, not where the slave is by now. One that asks from nothing should have nothing.
  const copy = requestedId !== '' ? { id: requestedId, offset: requestedOffset } : slave
  if (copy === null) return
  const couldGoOn =
    copy.offset > 0 &&
    copy.offset >= master.firstOffset &&
    copy.offset <= master.endOffset &&
    truth.get(copy.id) !== undefined &&
    truth.isPrefix(copy.id, copy.offset, master.id)
  if (!couldGoOn || (requestedId === '' && slave?.isCopyDoubtful)) return
  const has = `${short(copy.id)} at ${copy.offset}`
  throw new Violation(
    'nobody synchronises in full who need not',
    master.name,
    `gives ${slave?.name ?? 'a slave'} a snapshot, who has ${has} and asked from ${place}: ${reason}`,
  )
}
