import { type Command, type CommandArguments, type Reply, shownArgument } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import { SYNTAX_ERROR, textOf, wordOf } from './argument-text.ts'
import { isClientName } from './client-name.ts'

type ServerCommand = Command<ClientContext>

const OF_ITSELF = { flags: ['noscript', 'loading', 'stale'], group: 'connection', propagation: 'none' } as const

const id: ServerCommand = {
  ...OF_ITSELF,
  name: 'id',
  arity: 2,
  since: '5.0.0',
  summary: 'Returns the client ID for the current connection',
  complexity: 'O(1)',
  execute: ({ client }, _args, reply) => reply.integer(client.id),
}

const setName: ServerCommand = {
  ...OF_ITSELF,
  name: 'setname',
  arity: 3,
  since: '2.6.9',
  summary: 'Set the current connection name',
  syntax: 'connection-name',
  complexity: 'O(1)',
  execute({ client }, args, reply) {
    const name = textOf(args, 2)
    if (!isClientName(name)) {
      return reply.error('ERR Client names cannot contain spaces, newlines or special characters.')
    }
    client.name = name
    reply.status('OK')
  },
}

const getName: ServerCommand = {
  ...OF_ITSELF,
  name: 'getname',
  arity: 2,
  since: '2.6.9',
  summary: 'Get the current connection name',
  complexity: 'O(1)',
  execute: ({ client }, _args, reply) => (client.name === '' ? reply.nil() : reply.text(client.name)),
}

const setInfo: ServerCommand = {
  ...OF_ITSELF,
  name: 'setinfo',
  arity: 4,
  since: '7.2.0',
  summary: 'Set client or connection specific info',
  syntax: '<attr: LIB-NAME libname | LIB-VER libver>',
  complexity: 'O(1)',
  execute({ client }, args, reply) {
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
}

const info: ServerCommand = {
  ...OF_ITSELF,
  name: 'info',
  arity: 2,
  tips: ['nondeterministic_output'],
  since: '6.2.0',
  summary: 'Returns information about the current client connection.',
  complexity: 'O(1)',
  execute: (context, _, reply) => reply.verbatim(`${context.client.describe()}\n`),
}

const replyMode: ServerCommand = {
  ...OF_ITSELF,
  name: 'reply',
  arity: 3,
  since: '3.2.0',
  summary: 'Instruct the server whether to reply to commands',
  syntax: '<ON | OFF | SKIP>',
  complexity: 'O(1)',
  execute({ client }, args, reply) {
    const mode = wordOf(args, 2)
    if (mode !== 'on' && mode !== 'off' && mode !== 'skip') return reply.error(SYNTAX_ERROR)
    client.replyMode = mode
    // Not to `reply`, which may be one that is thrown away.
    if (mode === 'on') client.reply.status('OK')
  },
}

const tracking: ServerCommand = {
  ...OF_ITSELF,
  name: 'tracking',
  arity: -3,
  since: '6.0.0',
  summary: 'Enable or disable server assisted client side caching support',
  syntax: '<status: ON | OFF> [REDIRECT client-id:integer] [PREFIX prefix]... [BCAST] [OPTIN] [OPTOUT] [NOLOOP]',
  complexity: 'O(1). Some options may introduce additional complexity.',
  execute(_, args, reply) {
    const mode = wordOf(args, 2)
    if (mode === 'off') reply.status('OK')
    else if (mode === 'on') reply.error('ERR this server does not support client side caching')
    else reply.error(SYNTAX_ERROR)
  },
}

const trackingInfo: ServerCommand = {
  ...OF_ITSELF,
  name: 'trackinginfo',
  arity: 2,
  since: '6.2.0',
  summary: 'Return information about server assisted client side caching for the current connection',
  complexity: 'O(1)',
  execute(_context, _args, reply) {
    reply.map(3)
    reply.text('flags')
    reply.set(1)
    reply.text('off')
    reply.text('redirect')
    reply.integer(-1)
    reply.text('prefixes')
    reply.array(0)
  },
}

const caching: ServerCommand = {
  ...OF_ITSELF,
  name: 'caching',
  arity: 3,
  since: '6.0.0',
  summary: 'Instruct the server about tracking or not keys in the next request',
  syntax: '<mode: YES | NO>',
  complexity: 'O(1)',
  execute: (_context, _args, reply) =>
    reply.error(
      'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
    ),
}

const getRedirection: ServerCommand = {
  ...OF_ITSELF,
  name: 'getredir',
  arity: 2,
  since: '6.0.0',
  summary: 'Get tracking notifications redirection client ID if any',
  complexity: 'O(1)',
  execute: (_context, _args, reply) => reply.integer(-1),
}

/** Reads ON or OFF; null after it has answered with an error. */
function isOn(args: CommandArguments, reply: Reply): boolean | null {
  const word = wordOf(args, 2)
  if (word === 'on' || word === 'off') return word === 'on'
  reply.error(SYNTAX_ERROR)
  return null
}

const noEvict: ServerCommand = {
  ...OF_ITSELF,
  flags: ['admin', ...OF_ITSELF.flags],
  name: 'no-evict',
  arity: 3,
  since: '7.0.0',
  summary: 'Set client eviction mode for the current connection',
  syntax: '<enabled: ON | OFF>',
  complexity: 'O(1)',
  execute({ client }, args, reply) {
    const value = isOn(args, reply)
    if (value === null) return
    client.isNoEvict = value
    reply.status('OK')
  },
}

const noTouch: ServerCommand = {
  ...OF_ITSELF,
  name: 'no-touch',
  arity: 3,
  since: '7.2.0',
  summary: 'Controls whether commands sent by the client affect the LRU/LFU of accessed keys.',
  syntax: '<enabled: ON | OFF>',
  complexity: 'O(1)',
  execute({ client }, args, reply) {
    const value = isOn(args, reply)
    if (value === null) return
    client.isNoTouch = value
    reply.status('OK')
  },
}

/** What a client says and asks of its own connection: subcommands of CLIENT. */
export const ownClientCommands: readonly ServerCommand[] = [
  caching,
  getName,
  getRedirection,
  id,
  info,
  noEvict,
  noTouch,
  replyMode,
  setInfo,
  setName,
  tracking,
  trackingInfo,
]
