import type { Command } from '@repl/store'
import type { ClientContext, Node } from '../connection/client-context.ts'

/** What a slave that may not serve old data answers while it is not in step, in Redis's words. */
export const MASTER_DOWN = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."

/** Whether this is a slave that is not in step with its master, and may not answer then. */
export function refusesStaleData({ configuration, store, slave }: Node): boolean {
  return !configuration.values.replicaServeStaleData && store.isReadOnly && slave.state !== 'connected'
}

/** Whether a command shows or changes nothing that could be stale. */
export function isAllowedOnStaleData(command: Command<ClientContext>): boolean {
  return command.flags.includes('stale')
}
