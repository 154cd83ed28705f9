import { type Command, type CommandArguments, type Reply, shownArgument } from '@repl/store'
import type { Client, ClientContext } from '../connection/client-context.ts'
import { integerOf, NOT_AN_INTEGER, SYNTAX_ERROR, textOf, wordOf } from './argument-text.ts'
import { isOfType, parseKillFilters, typeNamed } from './client-filters.ts'
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
  const tips = name === 'info' ? ['nondeterministic_output'] : []
  return {
    name,
    arity,
    flags: CONNECTION_FLAGS,
    tips,
    group: 'connection',
    since,
    summary,
    propagation: 'none',
    execute,
  }
}

/** One that is about other clients. */
function admin(
  name: string,
  arity: number,
  since: string,
  summary: string,
  execute: ServerCommand['execute'],
): ServerCommand {
  const flags = ['admin', ...CONNECTION_FLAGS] as const
  const tips = name === 'list' ? ['nondeterministic_output'] : []
  return { name, arity, flags, tips, group: 'connection', since, summary, propagation: 'none', execute }
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
      return reply.error(`ERR Unrecognized option '${shownArgument(args, 2)}'`)
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

const list = admin('list', -2, '2.4.0', 'Get the list of client connections', ({ node }, args, reply) => {
  const wanted = clientsWanted(args, reply)
  if (wanted === null) return
  const lines = [...node.clients.values()].filter(wanted).map((client) => `${client.describe()}\n`)
  reply.verbatim(lines.join(''))
})

/** The filter of CLIENT LIST, or null after it has answered with an error. */
function clientsWanted(args: CommandArguments, reply: Reply): ((client: Client) => boolean) | null {
  if (args.count === 2) return () => true
  const option = wordOf(args, 2)
  if (option === 'type' && args.count === 4) {
    const type = typeNamed(args, 3, reply)
    return type === null ? null : (client) => isOfType(client, type)
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
    return ({ id }) => ids.has(id)
  }
  reply.error(SYNTAX_ERROR)
  return null
}

const kill = admin('kill', -3, '2.4.0', 'Kill the connection of a client', ({ client, node }, args, reply) => {
  const isOldForm = args.count === 3
  const address = isOldForm ? textOf(args, 2) : ''
  const request = isOldForm
    ? { matches: (each: Client) => each.address === address, sparesItself: false }
    : parseKillFilters(node, args, reply)
  if (request === null) return
  let killed = 0
  for (const each of node.clients.values()) {
    if (!request.matches(each) || (request.sparesItself && each === client)) continue
    killed++
    // Whoever ends its own connection is told so first.
    if (each === client) each.closeAfterReply()
    else each.destroy()
  }
  if (!isOldForm) reply.integer(killed)
  else if (killed > 0) reply.status('OK')
  else reply.error('ERR No such client')
})

const pause = admin(
  'pause',
  -3,
  '2.9.50',
  'Stop processing commands from clients for some time',
  ({ node }, args, reply) => {
    if (args.count > 4) return reply.error("ERR wrong number of arguments for 'client|pause' command")
    const mode = args.count === 4 ? wordOf(args, 3) : 'all'
    if (mode !== 'write' && mode !== 'all') return reply.error('ERR CLIENT PAUSE mode must be WRITE or ALL')
    const duration = integerOf(args, 2)
    if (duration === null) return reply.error('ERR timeout is not an integer or out of range')
    if (duration < 0) return reply.error('ERR timeout is negative')
    node.pause.begin(mode, duration)
    reply.status('OK')
  },
)

const unpause = admin(
  'unpause',
  2,
  '6.2.0',
  'Resume processing of clients that were paused',
  ({ node }, _args, reply) => {
    node.pause.end()
    reply.status('OK')
  },
)

const replyMode = subcommand(
  'reply',
  3,
  '3.2.0',
  'Instruct the server whether to reply to commands',
  ({ client }, args, reply) => {
    const mode = wordOf(args, 2)
    if (mode !== 'on' && mode !== 'off' && mode !== 'skip') return reply.error(SYNTAX_ERROR)
    client.replyMode = mode
    // Not to `reply`, which may be one that is thrown away.
    if (mode === 'on') client.reply.status('OK')
  },
)

const unblock = admin(
  'unblock',
  -3,
  '5.0.0',
  'Unblock a client blocked in a blocking command from a different connection',
  ({ node }, args, reply) => {
    const reason = args.count === 4 ? wordOf(args, 3) : 'timeout'
    if (args.count > 4) {
      return reply.error("ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.")
    }
    if (reason !== 'timeout' && reason !== 'error') {
      return reply.error('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR')
    }
    const blockedId = integerOf(args, 2)
    if (blockedId === null) return reply.error(NOT_AN_INTEGER)
    const error = reason === 'error' ? 'UNBLOCKED client unblocked via CLIENT UNBLOCK' : null
    reply.integer(node.clients.get(blockedId)?.unblock(error) ? 1 : 0)
  },
)

const tracking = subcommand(
  'tracking',
  -3,
  '6.0.0',
  'Enable or disable server assisted client side caching support',
  (_, args, reply) => {
    const mode = wordOf(args, 2)
    if (mode === 'off') reply.status('OK')
    else if (mode === 'on') reply.error('ERR this server does not support client side caching')
    else reply.error(SYNTAX_ERROR)
  },
)

const trackingInfo = subcommand(
  'trackinginfo',
  2,
  '6.2.0',
  'Return information about server assisted client side caching for the current connection',
  (_context, _args, reply) => {
    reply.map(3)
    reply.text('flags')
    reply.set(1)
    reply.text('off')
    reply.text('redirect')
    reply.integer(-1)
    reply.text('prefixes')
    reply.array(0)
  },
)

const caching = subcommand(
  'caching',
  3,
  '6.0.0',
  'Instruct the server about tracking or not keys in the next request',
  (_context, _args, reply) =>
    reply.error(
      'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
    ),
)

const getRedirection = subcommand(
  'getredir',
  2,
  '6.0.0',
  'Get tracking notifications redirection client ID if any',
  (_context, _args, reply) => reply.integer(-1),
)

/** Reads ON or OFF; null after it has answered with an error. */
function isOn(args: CommandArguments, reply: Reply): boolean | null {
  const word = wordOf(args, 2)
  if (word === 'on' || word === 'off') return word === 'on'
  reply.error(SYNTAX_ERROR)
  return null
}

const noEvict = admin(
  'no-evict',
  3,
  '7.0.0',
  'Set client eviction mode for the current connection',
  ({ client }, args, reply) => {
    const value = isOn(args, reply)
    if (value === null) return
    client.isNoEvict = value
    reply.status('OK')
  },
)

const noTouch = subcommand(
  'no-touch',
  3,
  '7.2.0',
  'Controls whether commands sent by the client affect the LRU/LFU of accessed keys.',
  ({ client }, args, reply) => {
    const value = isOn(args, reply)
    if (value === null) return
    client.isNoTouch = value
    reply.status('OK')
  },
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
  subcommands: [
    caching,
    getName,
    getRedirection,
    id,
    info,
    kill,
    list,
    noEvict,
    noTouch,
    pause,
    replyMode,
    setInfo,
    setName,
    tracking,
    trackingInfo,
    unblock,
    unpause,
  ],
  execute(_context, _args, reply) {
    reply.error("ERR wrong number of arguments for 'client' command")
  },
}
