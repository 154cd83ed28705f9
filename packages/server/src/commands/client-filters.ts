import { type CommandArguments, parseInt64, type Reply, shownArgument } from '@repl/store'
import type { Client, Node } from '../connection/client-context.ts'
import { SYNTAX_ERROR, textOf, wordOf } from './argument-text.ts'

/** The word for a client's kind in CLIENT LIST TYPE and CLIENT KILL TYPE. Slaves are no clients here. */
export type ClientType = 'normal' | 'master' | 'replica' | 'pubsub'

/** What CLIENT KILL is to close. */
export interface KillRequest {
  readonly matches: (client: Client) => boolean
  readonly sparesItself: boolean
}

/** The type of that name, or null after it has answered with an error. */
export function typeNamed(args: CommandArguments, i: number, reply: Reply): ClientType | null {
  const word = wordOf(args, i)
  if (word === 'slave') return 'replica'
  if (word === 'normal' || word === 'master' || word === 'replica' || word === 'pubsub') return word
  reply.error(`ERR Unknown client type '${shownArgument(args, i)}'`)
  return null
}

/** Whether a client is of a type. */
export function isOfType(client: Client, type: ClientType): boolean {
  return type === (client.isSubscribed ? 'pubsub' : 'normal')
}

/** The filters of CLIENT KILL from argument 2 on, or null after it has answered with an error. */
export function parseKillFilters(node: Node, args: CommandArguments, reply: Reply): KillRequest | null {
  const filters: ((client: Client) => boolean)[] = []
  let sparesItself = true
  if (args.count % 2 !== 0) {
    reply.error(SYNTAX_ERROR)
    return null
  }
  for (let i = 2; i < args.count; i += 2) {
    const option = wordOf(args, i)
    const value = textOf(args, i + 1)
    if (option === 'id') {
      const id = parseInt64(args.bytes, args.starts[i + 1]!, args.ends[i + 1]!)
      if (id === null || id < 1) {
        reply.error('ERR client-id should be greater than 0')
        return null
      }
      filters.push((client) => client.id === id)
    } else if (option === 'type') {
      const type = typeNamed(args, i + 1, reply)
      if (type === null) return null
      filters.push((client) => isOfType(client, type))
    } else if (option === 'addr') filters.push(({ address }) => address === value)
    else if (option === 'laddr') filters.push(({ localAddress }) => localAddress === value)
    else if (option === 'user') {
      if (value !== 'default') {
        reply.error(`ERR No such user '${shownArgument(args, i + 1)}'`)
        return null
      }
      filters.push((client) => client.isAuthenticated || !node.isPasswordRequired)
    } else if (option === 'skipme' && /^(yes|no)$/i.test(value)) sparesItself = value.toLowerCase() === 'yes'
    else {
      reply.error(SYNTAX_ERROR)
      return null
    }
  }
  return { matches: (client) => filters.every((matches) => matches(client)), sparesItself }
}
