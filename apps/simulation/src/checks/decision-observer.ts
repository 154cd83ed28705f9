import { type MasterLinkInput, MasterLinkState } from '@repl/master'
import { SimulatedProcess } from '../runtime/simulated-process.ts'

/** What a master has decided on a slave's request. */
export interface ObservedDecision {
  /** The master's process. */
  readonly master: SimulatedProcess
  /** Names the slave's instance. */
  readonly slaveRunId: string
  readonly kind: 'partial' | 'full'
  readonly reason: string
  /** What the slave asked for. */
  readonly requestedId: string
  readonly requestedOffset: number
}

let observer: ((decision: ObservedDecision) => void) | null = null
let isPatched = false

/** Has every decision of every master told, by wrapping the state machine of its links. */
export function observeDecisions(onDecision: ((decision: ObservedDecision) => void) | null): void {
  observer = onDecision
  if (isPatched) return
  isPatched = true
  const { handle } = MasterLinkState.prototype
  MasterLinkState.prototype.handle = function handleObserved(input: MasterLinkInput, now: number) {
    const actions = handle.call(this, input, now)
    if (input.type !== 'message' || input.message.type !== 'synchronizationRequest') return actions
    for (const action of actions) {
      if (action.type !== 'partial' && action.type !== 'full') continue
      const ping: { runId: string } = Reflect.get(this, 'ping')
      observer?.({
        master: SimulatedProcess.current!,
        slaveRunId: ping.runId,
        kind: action.type,
        reason: action.type === 'full' ? action.reason : '',
        requestedId: input.message.replicationId,
        requestedOffset: input.message.offset,
      })
    }
    return actions
  }
}
