import type { Socket } from 'node:net'
import { acceptLink } from '@repl/protocol'
import { type Command, type CommandArguments, CommandLookup, type Reply, storeCommands } from '@repl/store'
import { greetingCommands } from '../commands/connection-commands.ts'
import { serverCommands } from '../commands/server-commands.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { GreetingContext } from '../connection/client-context.ts'
import { AUTHENTICATION_REQUIRED } from '../dispatch/dispatcher.ts'
import { isPasswordEqual } from '../password.ts'
import { type Greeting, LoadingClient } from './loading-client.ts'
import { loadingInfo } from './loading-info.ts'

/** Redis's answer to a command that needs data which is not there yet. */
export const LOADING = 'LOADING Redis is loading the dataset in memory'

/** How far the loading is; see LoadingProgress of the store. */
export interface LoadedBytes {
  readonly bytes: number
  readonly size: number
}

/** What the door needs of the server behind it. */
export interface LoadingDoorOwner {
  readonly configuration: Configuration
  /** Whether this node was a slave before its restart, or is to be one. */
  readonly isReplica: boolean
  nextClientId(): number
}

/**
 * Answers whoever comes while the data is being loaded: clients may greet (AUTH, HELLO, SELECT, …) and ask INFO, and
 * get LOADING for everything else; slaves are refused, and come back. Those who stay are served once the data is there.
 */
export class LoadingDoor implements Disposable {
  readonly #owner: LoadingDoorOwner
  readonly #clients = new Set<LoadingClient>()
  readonly #startedAt = Date.now()
  readonly #node: GreetingContext['node']
  readonly #lookup = new CommandLookup<never>([...storeCommands.values(), ...serverCommands])
  /** Set as the loading goes on. */
  progress: LoadedBytes = { bytes: 0, size: 0 }

  constructor(owner: LoadingDoorOwner) {
    this.#owner = owner
    const { values } = owner.configuration
    this.#node = {
      get isPasswordRequired() {
        return values.requirepass !== ''
      },
      isPasswordRight: (password) => isPasswordEqual(password, values.requirepass),
      store: { isReadOnly: owner.isReplica },
    }
  }

  /** How many clients wait. */
  get clientCount(): number {
    return this.#clients.size
  }

  /** A client, with the first bytes that it has sent. */
  acceptClient(socket: Socket, first: Buffer): void {
    const { values } = this.#owner.configuration
    const limits = { maximumBulkLength: values.protoMaxBulkLen, maximumQueryBuffer: values.clientQueryBufferLimit }
    const client = new LoadingClient(
      socket,
      this.#owner.nextClientId(),
      values.requirepass === '',
      limits,
      (from, args, reply) => this.#answer(from, args, reply),
    )
    this.#clients.add(client)
    socket.once('close', () => this.#clients.delete(client))
    client.receive(first)
  }

  /** A slave: it tries again on its timer. */
  refuseSlave(socket: Socket): void {
    const link = acceptLink(socket, { onMessage: () => undefined, onClose: () => undefined })
    link.send({ type: 'refusal', code: 'LOADING', reason: 'this node is loading its data' })
    link.close()
  }

  /** The data is there: everybody is served from now on. */
  open(take: (socket: Socket, rest: Buffer, id: number, greeting: Greeting) => void): void {
    const clients = [...this.#clients]
    this.#clients.clear()
    for (const client of clients) {
      client.handOver((socket, rest, greeting) => take(socket, rest, client.id, greeting))
    }
  }

  /** The data could not be loaded. */
  [Symbol.dispose](): void {
    for (const client of this.#clients) client.destroy()
    this.#clients.clear()
  }

  #answer(client: LoadingClient, args: CommandArguments, reply: Reply): void {
    const command: Command<never> | undefined = this.#lookup.find(args)
    const refusal = this.#lookup.refusal(args, command)
    if (command === undefined || refusal !== null) {
      reply.error(refusal ?? 'ERR unknown command')
      return
    }
    if (!client.isAuthenticated && !command.flags.includes('no_auth')) {
      reply.error(AUTHENTICATION_REQUIRED)
      return
    }
    const greeting = greetingCommands.find(({ name }) => name === command.name)
    if (greeting !== undefined) greeting.execute({ client, node: this.#node }, args, reply)
    else if (command.name === 'info') {
      const { configuration, isReplica } = this.#owner
      reply.text(loadingInfo(configuration.values.port, isReplica, this.#startedAt, this.progress))
    } else reply.error(LOADING)
  }
}
