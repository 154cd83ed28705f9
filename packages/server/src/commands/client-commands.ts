import type { Command, CommandArguments, Reply } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import { integerOf, SYNTAX_ERROR, textOf, wordOf } from './argument-text.ts'
import { isClientName } from './client-name.ts'

type ServerCommand = Command<ClientContext>

const CONNECTION_FLAGS = ['noscript', 'loading', 'stale'] as const

function subcommand(
  name: string,
  arity: number,
  since: string,
  summary: string,
  execute: ServerCommand['execute'],
): ServerCommand {
  return { name, arity, flags: CONNECTION_FLAGS, group: 'connection', since, summary, propagation: 'none', execute }
}

const id = subcommand(
  'id',
  2,
  '5.0.0',
  'Returns the client ID for the current connection',
  ({ client }, _args, reply) => reply.integer(client.id),
)

const setName = subcommand('setname', 3, '2.6.9', 'Set the current connection name', ({ client }, args, reply) => {
  const name = textOf(args, 2)
  if (!isClientName(name)) {
    return reply.error('ERR Client names cannot contain spaces, newlines or special characters.')
  }
  client.name = name
  reply.status('OK')
})

const getName = subcommand('getname', 2, '2.6.9', 'Get the current connection name', ({ client }, _args, reply) =>
  client.name === '' ? reply.nil() : reply.text(client.name),
)

const setInfo = subcommand(
  'setinfo',
  4,
  '7.2.0',
  'Set client or connection specific info',
  ({ client }, args, reply) => {
    const attribute = wordOf(args, 2)
    const value = textOf(args, 3)
    if (attribute !== 'lib-name' && attribute !== 'lib-ver') {
      return reply.error(`ERR Unrecognized option '${args.latin1(2)}'`)
    }
    if (!isClientName(value)) {
      return reply.error(`ERR ${attribute} cannot contain spaces, newlines or special characters.`)
    }
    if (attribute === 'lib-name') client.libraryName = value
    else client.libraryVersion = value
    reply.status('OK')
  },
)

const info = subcommand(
  'info',
  2,
  '6.2.0',
  'Returns information about the current client connection.',
  (context, _, reply) => reply.verbatim(`${context.client.describe()}\n`),
)

const list = subcommand('list', -2, '2.4.0', 'Get the list of client connections', ({ node }, args, reply) => {
  const wanted = clientsWanted(args, reply)
  if (wanted === null) return
  const lines = [...node.clients.values()].filter(({ id }) => wanted(id)).map((client) => `${client.describe()}\n`)
  reply.verbatim(lines.join(''))
})

/** The filter of CLIENT LIST, or null after it has answered with an error. */
function clientsWanted(args: CommandArguments, reply: Reply): ((id: number) => boolean) | null {
  if (args.count === 2) return () => true
  const option = wordOf(args, 2)
  if (option === 'type' && args.count === 4) {
    const type = wordOf(args, 3)
    if (type === 'normal') return () => true
    if (['master', 'replica', 'slave', 'pubsub'].includes(type)) return () => false
    reply.error(`ERR Unknown client type '${args.latin1(3)}'`)
    return null
  }
  if (option === 'id' && args.count > 3) {
    const ids = new Set<number>()
    for (let i = 3; i < args.count; i++) {
      const each = integerOf(args, i)
      if (each === null || each < 1) {
        reply.error('ERR Invalid client ID')
        return null
      }
      ids.add(each)
    }
    return (id) => ids.has(id)
  }
  reply.error(SYNTAX_ERROR)
  return null
}

/** Nothing is ever evicted and no key has a last access here, so there is nothing to switch. */
const answerSwitch: ServerCommand['execute'] = (_context, args, reply) => {
  const word = wordOf(args, 2)
  if (word === 'on' || word === 'off') reply.status('OK')
  else reply.error(SYNTAX_ERROR)
}

const noEvict = subcommand('no-evict', 3, '7.0.0', 'Set client eviction mode for the current connection', answerSwitch)

const noTouch = subcommand(
  'no-touch',
  3,
  '7.2.0',
  'Controls whether commands sent by the client affect the LRU/LFU of accessed keys.',
  answerSwitch,
)

/** CLIENT. */
export const clientCommand: ServerCommand = {
  name: 'client',
  arity: -2,
  flags: [],
  group: 'connection',
  since: '2.4.0',
  summary: 'A container for client connection commands',
  propagation: 'none',
  subcommands: [getName, id, info, list, noEvict, noTouch, setInfo, setName],
  execute(_context, _args, reply) {
    reply.error("ERR wrong number of arguments for 'client' command")
  },
}
