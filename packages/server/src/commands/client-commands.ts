import type { Command, CommandArguments, Reply } from '@repl/store'
import type { Client, ClientContext } from '../connection/client-context.ts'
import { integerOf, NOT_AN_INTEGER, SYNTAX_ERROR, textOf, wordOf } from './argument-text.ts'
import { isOfType, parseKillFilters, typeNamed } from './client-filters.ts'
import { ownClientCommands } from './own-client-commands.ts'

type ServerCommand = Command<ClientContext>

const OF_OTHERS = {
  flags: ['admin', 'noscript', 'loading', 'stale'],
  group: 'connection',
  propagation: 'none',
} as const

const list: ServerCommand = {
  ...OF_OTHERS,
  name: 'list',
  arity: -2,
  tips: ['nondeterministic_output'],
  since: '2.4.0',
  summary: 'Get the list of client connections',
  syntax: '[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>]@5.0.0 [ID <id: client-id:integer...>]@6.2.0',
  complexity: 'O(N) where N is the number of client connections',
  history: [
    ['2.8.12', 'Added unique client `id` field.'],
    ['5.0.0', 'Added optional `TYPE` filter.'],
    ['6.0.0', 'Added `user` field.'],
    ['6.2.0', 'Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter.'],
    ['7.0.0', 'Added `resp`, `multi-mem`, `rbs` and `rbp` fields.'],
    ['7.0.3', 'Added `ssub` field.'],
  ],
  execute({ node }, args, reply) {
    const wanted = clientsWanted(args, reply)
    if (wanted === null) return
    const lines = [...node.clients.values()].filter(wanted).map((client) => `${client.describe()}\n`)
    reply.verbatim(lines.join(''))
  },
}

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

const kill: ServerCommand = {
  ...OF_OTHERS,
  name: 'kill',
  arity: -3,
  since: '2.4.0',
  summary: 'Kill the connection of a client',
  syntax:
    '<filter: ip:port:string!2.8.12 | <new-format: [ID client-id:integer]@2.8.12 | [TYPE <normal_master_slave_pubsub: NORMAL | MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB>]@2.8.12 | [USER username] | [ADDR ip:port:string] | [LADDR ip:port:string]@6.2.0 | [SKIPME yes/no]>...>',
  complexity: 'O(N) where N is the number of client connections',
  history: [
    ['2.8.12', 'Added new filter format.'],
    ['2.8.12', '`ID` option.'],
    ['3.2.0', 'Added `master` type in for `TYPE` option.'],
    ['5.0.0', 'Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility.'],
    ['6.2.0', '`LADDR` option.'],
  ],
  execute({ client, node }, args, reply) {
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
  },
}

const pause: ServerCommand = {
  ...OF_OTHERS,
  name: 'pause',
  arity: -3,
  since: '2.9.50',
  summary: 'Stop processing commands from clients for some time',
  syntax: 'timeout:integer [mode: WRITE | ALL]@6.2.0',
  complexity: 'O(1)',
  history: [['6.2.0', '`CLIENT PAUSE WRITE` mode added along with the `mode` option.']],
  execute({ node }, args, reply) {
    if (args.count > 4) return reply.error("ERR wrong number of arguments for 'client|pause' command")
    const mode = args.count === 4 ? wordOf(args, 3) : 'all'
    if (mode !== 'write' && mode !== 'all') return reply.error('ERR CLIENT PAUSE mode must be WRITE or ALL')
    const duration = integerOf(args, 2)
    if (duration === null) return reply.error('ERR timeout is not an integer or out of range')
    if (duration < 0) return reply.error('ERR timeout is negative')
    node.pause.begin(mode, duration)
    reply.status('OK')
  },
}

const unpause: ServerCommand = {
  ...OF_OTHERS,
  name: 'unpause',
  arity: 2,
  since: '6.2.0',
  summary: 'Resume processing of clients that were paused',
  complexity: 'O(N) Where N is the number of paused clients',
  execute({ node }, _args, reply) {
    node.pause.end()
    reply.status('OK')
  },
}

const unblock: ServerCommand = {
  ...OF_OTHERS,
  name: 'unblock',
  arity: -3,
  since: '5.0.0',
  summary: 'Unblock a client blocked in a blocking command from a different connection',
  syntax: 'client-id:integer [TIMEOUT | ERROR]',
  complexity: 'O(log N) where N is the number of client connections',
  execute({ node }, args, reply) {
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
}

/** CLIENT. */
export const clientCommand: ServerCommand = {
  name: 'client',
  arity: -2,
  flags: [],
  group: 'connection',
  since: '2.4.0',
  summary: 'A container for client connection commands',
  helpSince: '5.0.0',
  complexity: 'Depends on subcommand.',
  propagation: 'none',
  subcommands: [...ownClientCommands, kill, list, pause, unblock, unpause].sort((a, b) => (a.name < b.name ? -1 : 1)),
  execute(_context, _args, reply) {
    reply.error("ERR wrong number of arguments for 'client' command")
  },
}
