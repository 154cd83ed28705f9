import { type Command, type CommandArguments, type CommandLookup, HELD_REFUSAL, type Reply } from '@repl/store'
import type { Client, ClientContext, Node } from '../connection/client-context.ts'
import { isAllowedOnStaleData, MASTER_DOWN, refusesStaleData } from '../replication/stale-data.ts'

/** Redis's answer to a command that needs a password first. */
export const AUTHENTICATION_REQUIRED = 'NOAUTH Authentication required.'

/** What HTTP requests begin with: somebody lets a browser talk to this port. */
const HTTP_WORDS: ReadonlySet<string> = new Set(['post', 'host:'])

/** Commands that are carried out at once within MULTI. */
const UNQUEUED: ReadonlySet<string> = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset'])

/** What a client with subscriptions may ask for in RESP2, where a message can't be told from a reply. */
const ALLOWED_TO_SUBSCRIBERS: ReadonlySet<string> = new Set([
  'ping',
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
  'quit',
  'reset',
])

/** Commands that write nothing, and that slaves hear of all the same: they wait with the writes. */
const MESSAGES: ReadonlySet<string> = new Set(['publish', 'spublish'])

/** Finds the command that a client asks for, and carries it out unless something is against it. */
export class Dispatcher {
  readonly #lookup: CommandLookup<ClientContext>

  constructor(lookup: CommandLookup<ClientContext>) {
    this.#lookup = lookup
  }

  /** Carries out one request: exactly one reply is written, unless the command suspends the client or closes it. */
  dispatch(context: ClientContext, args: CommandArguments, reply: Reply): void {
    const command = this.#lookup.find(args)
    const refusal = this.#lookup.refusal(args, command)
    if (refusal !== null || command === undefined) {
      this.#refuseUnknown(context, command, args, reply, refusal ?? 'ERR unknown command')
      return
    }
    const { client, node } = context
    if (client.isOrdinary && !node.pause.isActive && node.monitors.size === 0 && !refusesStaleData(node))
      command.execute(context, args, reply)
    else this.#dispatchWithCare(context, command, args, reply)
  }

  /** The order of what may be against a command is that of Redis's processCommand. */
  #dispatchWithCare(
    context: ClientContext,
    command: Command<ClientContext>,
    args: CommandArguments,
    reply: Reply,
  ): void {
    const { client, node } = context
    const refusal = this.#refusal(client, node, command, args)
    if (refusal !== null) {
      refuse(context, command, reply, refusal)
      return
    }
    const { transaction } = client
    const isWrite = writes(client, command)
    if (node.pause.holds(isWrite || MESSAGES.has(command.name))) {
      client.postpone(args)
      return
    }
    if (transaction !== null && !UNQUEUED.has(command.name)) {
      if (transaction.bytes > node.configuration.values.clientQueryBufferLimit) {
        node.logger.warn({ client: client.describe() }, 'closed: its transaction is larger than the query buffer limit')
        client.destroy()
        return
      }
      transaction.add(command, args)
      reply.status('QUEUED')
      return
    }
    command.execute(context, args, reply)
    node.monitors.feed(context, command, args)
  }

  #refusal(client: Client, node: Node, command: Command<ClientContext>, args: CommandArguments): string | null {
    const { flags, name } = command
    if (!client.isAuthenticated && node.isPasswordRequired && !flags.includes('no_auth')) return AUTHENTICATION_REQUIRED
    if (client.transaction !== null && flags.includes('no_multi')) return 'ERR Command not allowed inside a transaction'
    const isLooked = client.transaction !== null || refusesStaleData(node)
    const refusal = isLooked && writes(client, command) ? node.store.writeRefusal : null
    // What waits for a failover to end waits with the command.
    if (refusal !== null && refusal !== HELD_REFUSAL) return refusal
    if (client.respVersion === 2 && client.isSubscribed && !ALLOWED_TO_SUBSCRIBERS.has(name)) {
      const container = args.latin1(0).toLowerCase()
      const fullName = container === name ? name : `${container}|${name}`
      return `ERR Can't execute '${fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`
    }
    if (refusesStaleData(node) && !isAllowedOnStaleData(command)) return MASTER_DOWN
    return null
  }

  #refuseUnknown(
    context: ClientContext,
    command: Command<ClientContext> | undefined,
    args: CommandArguments,
    reply: Reply,
    refusal: string,
  ): void {
    const { client, node } = context
    if (HTTP_WORDS.has(args.latin1(0).toLowerCase())) {
      node.logger.warn({ client: client.address }, 'an HTTP request came in on the port for clients; closed')
      client.closeAfterReply()
      return
    }
    refuse(context, command, reply, refusal)
  }
}

function writes(client: Client, command: Command<ClientContext>): boolean {
  return command.propagation !== 'none' || (command.name === 'exec' && client.transaction?.hasWrites === true)
}

/** A command that is not even begun: the transaction that it belongs to is lost. */
function refuse(
  { client, node }: ClientContext,
  command: Command<ClientContext> | undefined,
  reply: Reply,
  refusal: string,
): void {
  const statistics = command === undefined ? undefined : node.statistics.commands.get(command.name)
  if (statistics !== undefined) statistics.rejectedCalls++
  if (command?.name === 'exec') {
    client.endTransaction()
    reply.error(`EXECABORT Transaction discarded because of: ${refusal.replace(/^ERR /, '')}`)
    return
  }
  if (client.transaction !== null) client.transaction.isAborted = true
  reply.error(refusal)
}
