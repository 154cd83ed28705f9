import type { Store } from '@repl/store'
import { callIn } from '../model/call-in.ts'
import type { ClientRequest } from './workload.ts'

/** Does what a server does with a client's request; errors that commands answer with are the client's affair. */
export function send(store: Store, { database, commands }: ClientRequest): void {
  const carryOut = () => {
    for (const words of commands) {
      try {
        callIn(store, database, ...words)
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'ReplyError') throw error
      }
    }
  }
  if (commands.length === 1) carryOut()
  else store.inUnit(carryOut)
}
