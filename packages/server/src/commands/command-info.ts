import type { Command, Reply } from '@repl/store'
import { keySpecificationsOf } from '../dispatch/command-keys.ts'
import { aclCategoriesOf } from './acl-categories.ts'

/**
 * What COMMAND INFO says of a command, in Redis 7.0's form.
 * @param fullName `config|get` for a subcommand
 */
export function writeInfo<Context>(reply: Reply, command: Command<Context>, fullName: string): void {
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
  // As Redis has it: an array of some, a set of none.
  if (subcommands.length > 0) reply.array(subcommands.length)
  else reply.set(0)
  for (const each of subcommands) writeInfo(reply, each, `${fullName}|${each.name}`)
}

function writeTips(reply: Reply, tips: readonly string[]): void {
  reply.set(tips.length)
  for (const tip of tips) reply.text(tip)
}

/** Words, each as a status. */
export function writeSet(reply: Reply, words: readonly string[]): void {
  reply.set(words.length)
  for (const word of words) reply.status(word)
}

/** Where the keys are, in the form of Redis 7: where the search begins, and the range that it finds. */
function writeKeySpecifications<Context>(reply: Reply, command: Command<Context>): void {
  const specifications = keySpecificationsOf(command)
  reply.set(specifications.length)
  for (const { access, begin, isCounted = false, last = 0, step = 1, notes } of specifications) {
    reply.map(notes === undefined ? 3 : 4)
    if (notes !== undefined) {
      reply.text('notes')
      reply.text(notes)
    }
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
