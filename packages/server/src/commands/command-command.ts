import type { Command, CommandArguments, Reply } from '@repl/store'
import { GlobPattern } from '@repl/store'
import type { ClientContext, Node } from '../connection/client-context.ts'
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
  return { name, arity, flags: FLAGS, group: 'server', since, summary, propagation: 'none', execute }
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
      if (command === undefined) reply.nilArray()
      else writeInfo(reply, command, name)
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
  return (name) => aclCategoriesOf(node.commands.get(name)!).includes(category)
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
  writeSet(reply, aclCategoriesOf(command))
  reply.array(0)
  writeKeySpecifications(reply, command)
  reply.array(subcommands.length)
  for (const each of subcommands) writeInfo(reply, each, `${fullName}|${each.name}`)
}

function writeSet(reply: Reply, words: readonly string[]): void {
  reply.set(words.length)
  for (const word of words) reply.status(word)
}

/** Where the keys are, in the form of Redis 7: where the search begins, and the range that it finds. */
function writeKeySpecifications(reply: Reply, { keys, flags }: ServerCommand): void {
  if (keys === undefined) {
    reply.array(0)
    return
  }
  reply.array(1)
  reply.map(3)
  reply.text('flags')
  writeSet(reply, flags.includes('write') ? ['RW', 'UPDATE'] : ['RO', 'ACCESS'])
  reply.text('begin_search')
  reply.map(2)
  reply.text('type')
  reply.text('index')
  reply.text('spec')
  reply.map(1)
  reply.text('index')
  reply.integer(keys.first)
  reply.text('find_keys')
  reply.map(2)
  reply.text('type')
  reply.text('range')
  reply.text('spec')
  reply.map(3)
  reply.text('lastkey')
  reply.integer(keys.last < 0 ? keys.last : keys.last - keys.first)
  reply.text('keystep')
  reply.integer(keys.step)
  reply.text('limit')
  reply.integer(0)
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
  group: 'server',
  since: '2.8.13',
  summary: 'Get array of Redis command details',
  propagation: 'none',
  subcommands: [count, docs, info, list],
  execute({ node }, _args, reply) {
    reply.array(node.commands.size)
    for (const [name, command] of node.commands) writeInfo(reply, command, name)
  },
}
