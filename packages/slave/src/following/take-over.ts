import { isPrefixOf, type Store } from '@repl/store'
import { TakeOverRefusedError } from '../errors.ts'

/**
 * Whether a node is to become the master of a history that is handed over, and ends at `offset`; false where it is that
 * already.
 * @throws TakeOverRefusedError where it may not
 */
export function mayTakeOver(store: Store, replicationId: string, offset: number): boolean {
  if (!store.isReadOnly) {
    // The answer to an earlier request may have been lost on its way.
    if (offset <= store.offset && isPrefixOf(store.history, replicationId, offset)) return false
    throw new TakeOverRefusedError('this node is a master, and not of the history that is handed over')
  }
  if (store.history.replicationId !== replicationId) {
    const text = `this node follows history ${store.history.replicationId}, and ${replicationId} is handed over`
    throw new TakeOverRefusedError(text)
  }
  if (store.offset < offset) {
    throw new TakeOverRefusedError(`this node is at offset ${store.offset}, and writes up to ${offset} are handed over`)
  }
  if (store.isLoading) throw new TakeOverRefusedError('this node is still loading a snapshot')
  return true
}
