import { type Command, CommandArguments, GlobPattern, type Reply } from '@repl/store'
import type { ClientContext, Node } from '../connection/client-context.ts'
import { INVALID_ARGUMENTS, keySpecificationsOf, keysIn } from '../dispatch/command-keys.ts'
import { aclCategoriesOf } from './acl-categories.ts'
import { SYNTAX_ERROR, wordOf } from './argument-text.ts'

type ServerCommand = Command<ClientContext>

const FLAGS = ['loading', 'stale'] as const

function subcommand(
  name: string,
  arity: number,
  since: string,
  summary: string,
  execute: ServerCommand['execute'],
): ServerCommand {
  // What lists commands lists them in any order.
  const tips = name === 'docs' || name === 'info' || name === 'list' ? ['nondeterministic_output_order'] : []
  return { name, arity, flags: FLAGS, tips, group: 'server', since, summary, propagation: 'none', execute }
}

const count = subcommand('count', 2, '2.8.13', 'Get total number of Redis commands', ({ node }, _args, reply) =>
  reply.integer(node.commands.size),
)

const docs = subcommand(
  'docs',
  -2,
  '7.0.0',
  'Get array of specific Redis command documentation',
  ({ node }, args, reply) => {
    const commands = named(node, args).filter(([, command]) => command !== undefined)
    reply.map(commands.length)
    for (const [name, command] of commands) {
      reply.text(name)
      if (command !== undefined) writeDocs(reply, command, name)
    }
  },
)

const info = subcommand(
  'info',
  -2,
  '2.8.13',
  'Get array of specific Redis command details',
  ({ node }, args, reply) => {
    const commands = named(node, args)
    reply.array(commands.length)
    for (const [name, command] of commands) {
      if (command === undefined) reply.nil()
      else writeInfo(reply, command, name)
    }
  },
)

/** The command that the arguments from 2 on ask for, as a command of its own; null after it has answered with an error. */
function commandAskedFor(node: Node, args: CommandArguments, reply: Reply): [ServerCommand, CommandArguments] | null {
  const asked = new CommandArguments(args.bytes)
  for (let i = 2; i < args.count; i++) asked.push(args.starts[i]!, args.ends[i]!)
  const container = node.commands.get(wordOf(asked, 0))
  const isContainer = container?.subcommands !== undefined && asked.count > 1
  const command = isContainer ? container.subcommands?.find(({ name }) => name === wordOf(asked, 1)) : container
  if (command === undefined) reply.error('ERR Invalid command specified')
  else if (keySpecificationsOf(command).length === 0) reply.error('ERR The command has no key arguments')
  else if (command.arity >= 0 ? asked.count !== command.arity : asked.count < -command.arity) {
    reply.error('ERR Invalid number of arguments specified for command')
  } else return [command, asked]
  return null
}

const getKeys = subcommand(
  'getkeys',
  -4,
  '2.8.13',
  'Extract keys given a full Redis command',
  ({ node }, args, reply) => {
    const found = commandAskedFor(node, args, reply)
    if (found === null) return
    const [command, asked] = found
    const keys = keysIn(command, asked)
    if (keys === null) return reply.error(INVALID_ARGUMENTS)
    reply.array(keys.length)
    for (const { argument } of keys) reply.bulk(asked.bytes, asked.starts[argument]!, asked.ends[argument]!)
  },
)

const getKeysAndFlags = subcommand(
  'getkeysandflags',
  -4,
  '7.0.0',
  'Extract keys and access flags given a full Redis command',
  ({ node }, args, reply) => {
    const found = commandAskedFor(node, args, reply)
    if (found === null) return
    const [command, asked] = found
    const keys = keysIn(command, asked)
    if (keys === null) return reply.error(INVALID_ARGUMENTS)
    reply.array(keys.length)
    for (const { argument, access } of keys) {
      reply.array(2)
      reply.bulk(asked.bytes, asked.starts[argument]!, asked.ends[argument]!)
      writeSet(reply, access.split(' '))
    }
  },
)

const list = subcommand('list', -2, '7.0.0', 'Get an array of Redis command names', ({ node }, args, reply) => {
  let names = [...node.commands.keys()]
  if (args.count > 2) {
    if (args.count !== 5 || wordOf(args, 2) !== 'filterby') return reply.error(SYNTAX_ERROR)
    const filter = filterBy(node, wordOf(args, 3), args.copy(4))
    if (filter === null) return reply.error(SYNTAX_ERROR)
    names = names.filter(filter)
  }
  reply.array(names.length)
  for (const name of names) reply.text(name)
})

function filterBy(node: Node, kind: string, value: Buffer): ((name: string) => boolean) | null {
  if (kind === 'module') return () => false
  if (kind === 'pattern') {
    const glob = new GlobPattern(value)
    return (name) => glob.matches(Buffer.from(name), 0, name.length)
  }
  if (kind !== 'aclcat') return null
  const category = `@${value.toString('latin1').toLowerCase()}`
  return (name) => aclCategoriesOf(node.commands.get(name)!, name).includes(category)
}

/** The commands that the arguments name (`config|get` for a subcommand), or all. */
function named(node: Node, args: CommandArguments): [name: string, command: ServerCommand | undefined][] {
  if (args.count === 2) return [...node.commands]
  return Array.from({ length: args.count - 2 }, (_, i) => {
    const name = wordOf(args, i + 2)
    const [container, word] = name.split('|')
    const command = node.commands.get(container!)
    return [name, word === undefined ? command : command?.subcommands?.find((each) => each.name === word)]
  })
}

function writeInfo(reply: Reply, command: ServerCommand, fullName: string): void {
  const { keys, subcommands = [] } = command
  reply.array(10)
  reply.text(fullName)
  reply.integer(command.arity)
  writeSet(reply, command.flags)
  reply.integer(keys?.first ?? 0)
  reply.integer(keys?.last ?? 0)
  reply.integer(keys?.step ?? 0)
  writeSet(reply, aclCategoriesOf(command, fullName))
  writeTips(reply, command.tips ?? [])
  writeKeySpecifications(reply, command)
  reply.array(subcommands.length)
  for (const each of subcommands) writeInfo(reply, each, `${fullName}|${each.name}`)
}

function writeTips(reply: Reply, tips: readonly string[]): void {
  reply.set(tips.length)
  for (const tip of tips) reply.text(tip)
}

function writeSet(reply: Reply, words: readonly string[]): void {
  reply.set(words.length)
  for (const word of words) reply.status(word)
}

/** Where the keys are, in the form of Redis 7: where the search begins, and the range that it finds. */
function writeKeySpecifications(reply: Reply, command: ServerCommand): void {
  const specifications = keySpecificationsOf(command)
  reply.array(specifications.length)
  for (const { access, begin, isCounted = false, last = 0, step = 1 } of specifications) {
    reply.map(3)
    reply.text('flags')
    writeSet(reply, access.split(' '))
    reply.text('begin_search')
    if (begin === undefined) writeSearch(reply, 'unknown', {})
    else writeSearch(reply, 'index', { index: begin })
    reply.text('find_keys')
    if (begin === undefined) writeSearch(reply, 'unknown', {})
    else if (isCounted) writeSearch(reply, 'keynum', { keynumidx: 0, firstkey: 1, keystep: 1 })
    else writeSearch(reply, 'range', { lastkey: last, keystep: step, limit: 0 })
  }
}

function writeSearch(reply: Reply, type: string, numbers: Readonly<Record<string, number>>): void {
  reply.map(2)
  reply.text('type')
  reply.text(type)
  reply.text('spec')
  const entries = Object.entries(numbers)
  reply.map(entries.length)
  for (const [name, value] of entries) {
    reply.text(name)
    reply.integer(value)
  }
}

function writeDocs(reply: Reply, command: ServerCommand, fullName: string): void {
  const { subcommands = [] } = command
  reply.map(subcommands.length > 0 ? 4 : 3)
  reply.text('summary')
  reply.text(command.summary)
  reply.text('since')
  reply.text(command.since)
  reply.text('group')
  reply.text(command.group)
  if (subcommands.length === 0) return
  reply.text('subcommands')
  reply.map(subcommands.length)
  for (const each of subcommands) {
    reply.text(`${fullName}|${each.name}`)
    writeDocs(reply, each, `${fullName}|${each.name}`)
  }
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
  propagation: 'none',
  subcommands: [count, docs, getKeys, getKeysAndFlags, info, list],
  execute({ node }, _args, reply) {
    reply.array(node.commands.size)
    for (const [name, command] of node.commands) writeInfo(reply, command, name)
  },
}
