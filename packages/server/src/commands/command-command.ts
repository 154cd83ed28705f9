import { type Command, CommandArguments, GlobPattern, type Reply } from '@repl/store'
import type { ClientContext, Node } from '../connection/client-context.ts'
import { type FoundKey, INVALID_ARGUMENTS, keySpecificationsOf, keysIn } from '../dispatch/command-keys.ts'
import { everyCommand, type NamedCommand } from '../dispatch/every-command.ts'
import { aclCategoriesOf } from './acl-categories.ts'
import { SYNTAX_ERROR, wordOf } from './argument-text.ts'
import { writeDocs } from './command-docs.ts'
import { writeInfo, writeSet } from './command-info.ts'

type ServerCommand = Command<ClientContext>

const FLAGS = ['loading', 'stale'] as const
const SUBCOMMAND = { flags: FLAGS, group: 'server', propagation: 'none' } as const
// What lists commands lists them in any order.
const LISTING = { ...SUBCOMMAND, tips: ['nondeterministic_output_order'] } as const

const count: ServerCommand = {
  ...SUBCOMMAND,
  name: 'count',
  arity: 2,
  since: '2.8.13',
  summary: 'Get total number of Redis commands',
  complexity: 'O(1)',
  execute: ({ node }, _args, reply) => reply.integer(node.commands.size),
}

const docs: ServerCommand = {
  ...LISTING,
  name: 'docs',
  arity: -2,
  since: '7.0.0',
  summary: 'Get array of specific Redis command documentation',
  syntax: '[command-name...]',
  complexity: 'O(N) where N is the number of commands to look up',
  execute({ node }, args, reply) {
    const commands = named(node, args).filter(([, command]) => command !== undefined)
    reply.map(commands.length)
    for (const [name, command] of commands) {
      reply.text(name)
      if (command !== undefined) writeDocs(reply, command, name)
    }
  },
}

const info: ServerCommand = {
  ...LISTING,
  name: 'info',
  arity: -2,
  since: '2.8.13',
  summary: 'Get array of specific Redis command details, or all when no argument is given.',
  syntax: '[command-name...]',
  complexity: 'O(N) where N is the number of commands to look up',
  history: [['7.0.0', 'Allowed to be called with no argument to get info on all commands.']],
  execute({ node }, args, reply) {
    const commands = named(node, args)
    reply.array(commands.length)
    for (const [name, command] of commands) {
      if (command === undefined) reply.nil()
      else writeInfo(reply, command, name)
    }
  },
}

/** The command that the arguments from 2 on are, and its keys among them; null after it has answered with an error. */
function keysAskedFor(
  node: Node,
  args: CommandArguments,
  reply: Reply,
): { asked: CommandArguments; keys: readonly FoundKey[] } | null {
  const asked = new CommandArguments(args.bytes)
  for (let i = 2; i < args.count; i++) asked.push(args.starts[i]!, args.ends[i]!)
  const container = node.commands.get(wordOf(asked, 0))
  const isContainer = container?.subcommands !== undefined && asked.count > 1
  const command = isContainer ? container.subcommands?.find(({ name }) => name === wordOf(asked, 1)) : container
  if (command === undefined) reply.error('ERR Invalid command specified')
  else if (keySpecificationsOf(command).every(({ access }) => access === 'not_key'))
    reply.error('ERR The command has no key arguments')
  else if (command.arity >= 0 ? asked.count !== command.arity : asked.count < -command.arity) {
    reply.error('ERR Invalid number of arguments specified for command')
  } else {
    const keys = keysIn(command, asked)
    if (keys !== null) return { asked, keys }
    reply.error(INVALID_ARGUMENTS)
  }
  return null
}

const getKeys: ServerCommand = {
  ...SUBCOMMAND,
  name: 'getkeys',
  arity: -4,
  since: '2.8.13',
  summary: 'Extract keys given a full Redis command',
  complexity: 'O(N) where N is the number of arguments to the command',
  execute({ node }, args, reply) {
    const found = keysAskedFor(node, args, reply)
    if (found === null) return
    const { asked, keys } = found
    reply.array(keys.length)
    for (const { argument } of keys) reply.bulk(asked.bytes, asked.starts[argument]!, asked.ends[argument]!)
  },
}

const getKeysAndFlags: ServerCommand = {
  ...SUBCOMMAND,
  name: 'getkeysandflags',
  arity: -4,
  since: '7.0.0',
  summary: 'Extract keys and access flags given a full Redis command',
  complexity: 'O(N) where N is the number of arguments to the command',
  execute({ node }, args, reply) {
    const found = keysAskedFor(node, args, reply)
    if (found === null) return
    const { asked, keys } = found
    reply.array(keys.length)
    for (const { argument, access } of keys) {
      reply.array(2)
      reply.bulk(asked.bytes, asked.starts[argument]!, asked.ends[argument]!)
      writeSet(reply, access.split(' '))
    }
  },
}

const list: ServerCommand = {
  ...LISTING,
  name: 'list',
  arity: -2,
  since: '7.0.0',
  summary: 'Get an array of Redis command names',
  syntax: '[FILTERBY <filterby: MODULE module-name | ACLCAT category | PATTERN pattern>]',
  complexity: 'O(N) where N is the total number of Redis commands',
  execute({ node }, args, reply) {
    let commands = everyCommand(node.commands.values())
    if (args.count > 2) {
      if (args.count !== 5 || wordOf(args, 2) !== 'filterby') return reply.error(SYNTAX_ERROR)
      const filter = filterBy(wordOf(args, 3), args.copy(4))
      if (filter === null) return reply.error(SYNTAX_ERROR)
      commands = commands.filter(filter)
    }
    reply.array(commands.length)
    for (const [name] of commands) reply.text(name)
  },
}

function filterBy(kind: string, value: Buffer): ((named: NamedCommand<ClientContext>) => boolean) | null {
  if (kind === 'module') return () => false
  const lowerCase = value.toString('latin1').toLowerCase()
  if (kind === 'aclcat') return ([name, command]) => aclCategoriesOf(command, name).includes(`@${lowerCase}`)
  if (kind !== 'pattern') return null
  const glob = new GlobPattern(Buffer.from(lowerCase, 'latin1'))
  return ([name]) => glob.matches(Buffer.from(name), 0, name.length)
}

/** The commands that the arguments name (`config|get` for a subcommand), or all. */
function named(node: Node, args: CommandArguments): [name: string, command: ServerCommand | undefined][] {
  if (args.count === 2) return [...node.commands]
  return Array.from({ length: args.count - 2 }, (_, i) => {
    const name = wordOf(args, i + 2)
    const [container, word, ...others] = name.split('|')
    const command = node.commands.get(container!)
    if (word === undefined) return [name, command]
    return [name, others.length > 0 ? undefined : command?.subcommands?.find((each) => each.name === word)]
  })
}

/** COMMAND: alone, as much as COMMAND INFO of all. */
export const commandCommand: ServerCommand = {
  name: 'command',
  arity: -1,
  flags: FLAGS,
  tips: ['nondeterministic_output_order'],
  group: 'server',
  since: '2.8.13',
  summary: 'Get array of Redis command details',
  helpSince: '5.0.0',
  complexity: 'O(N) where N is the total number of Redis commands',
  propagation: 'none',
  subcommands: [count, docs, getKeys, getKeysAndFlags, info, list],
  execute({ node }, _args, reply) {
    reply.array(node.commands.size)
    for (const [name, command] of node.commands) writeInfo(reply, command, name)
  },
}
