import { type TransferInput, TransferState } from '@repl/slave/simulation'
import { SimulatedProcess } from '../runtime/simulated-process.ts'

/** A transfer goes on from what has come of its file before. */
export interface ResumedTransfer {
  readonly slave: SimulatedProcess
  readonly bytes: number
}

let observer: ((transfer: ResumedTransfer) => void) | null = null
let isPatched = false

/** Has every transfer told that is gone on with, by wrapping the state machine of transfers. */
export function observeTransfers(onResumed: ((transfer: ResumedTransfer) => void) | null): void {
  observer = onResumed
  if (isPatched) return
  isPatched = true
  const { handle } = TransferState.prototype
  TransferState.prototype.handle = function handleObserved(input: TransferInput, now: number) {
    if (input.type === 'opened' && input.bytes > 0) {
      observer?.({ slave: SimulatedProcess.current!, bytes: input.bytes })
    }
    return handle.call(this, input, now)
  }
}
