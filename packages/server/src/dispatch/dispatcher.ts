import type { Command, CommandArguments, CommandLookup, Reply } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'

/** Redis's answer to a command that needs a password first. */
export const AUTHENTICATION_REQUIRED = 'NOAUTH Authentication required.'

/** What HTTP requests begin with: somebody lets a browser talk to this port. */
const HTTP_WORDS: ReadonlySet<string> = new Set(['post', 'host:'])

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
      this.#countRejection(context, command)
      this.#refuse(context, args, reply, refusal ?? 'ERR unknown command')
      return
    }
    const { client, node } = context
    if (!client.isAuthenticated && node.isPasswordRequired && !command.flags.includes('no_auth')) {
      this.#countRejection(context, command)
      reply.error(AUTHENTICATION_REQUIRED)
      return
    }
    command.execute(context, args, reply)
  }

  #countRejection({ node }: ClientContext, command: Command<ClientContext> | undefined): void {
    const statistics = command === undefined ? undefined : node.statistics.commands.get(command.name)
    if (statistics !== undefined) statistics.rejectedCalls++
  }

  #refuse({ client, node }: ClientContext, args: CommandArguments, reply: Reply, refusal: string): void {
    if (HTTP_WORDS.has(args.latin1(0).toLowerCase())) {
      node.logger.warn({ client: client.address }, 'an HTTP request came in on the port for clients; closed')
      client.closeAfterReply()
      return
    }
    reply.error(refusal)
  }
}
