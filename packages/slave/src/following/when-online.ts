import type { EventEmitter } from 'node:events'
import { NotFollowingError } from '../errors.ts'
import type { SlaveEvents, SlaveState } from '../slave-events.ts'
import type { MasterAddress } from './following-state.ts'

/** What is to be known of a slave. */
interface Follower extends Pick<EventEmitter<SlaveEvents>, 'off' | 'on'> {
  readonly master: MasterAddress | null
  readonly isOnline: boolean
}

/**
 * Resolves when a slave is online, at once if it is. Rejects with NotFollowingError where it follows no one (any
 * more), or with the signal's reason.
 */
export function whenOnline(slave: Follower, signal: AbortSignal | null): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason)
  if (slave.master === null) return Promise.reject(new NotFollowingError('the slave follows no one'))
  if (slave.isOnline) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const finish = () => {
      slave.off('online', onOnline)
      slave.off('state', onState)
      signal?.removeEventListener('abort', onAbort)
    }
    const onOnline = () => {
      finish()
      resolve()
    }
    const onState = (state: SlaveState) => {
      if (state !== 'none') return
      finish()
      reject(new NotFollowingError('the slave follows no one any more'))
    }
    const onAbort = () => {
      finish()
      reject(signal?.reason)
    }
    slave.on('online', onOnline)
    slave.on('state', onState)
    signal?.addEventListener('abort', onAbort)
  })
}
