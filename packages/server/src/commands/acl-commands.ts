import { type Command, shownArgument } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import { ACL_CATEGORIES, aclCategoriesOf } from './acl-categories.ts'
import { wordOf } from './argument-text.ts'

type ServerCommand = Command<ClientContext>

function subcommand(name: string, arity: number, summary: string, execute: ServerCommand['execute']): ServerCommand {
  const flags = ['admin', 'noscript', 'loading', 'stale'] as const
  return {
    name,
    arity,
    flags: name === 'whoami' || name === 'cat' ? ['noscript', 'loading', 'stale'] : flags,
    group: 'server',
    since: '6.0.0',
    summary,
    propagation: 'none',
    execute,
  }
}

const whoAmI = subcommand(
  'whoami',
  2,
  'Return the name of the user associated to the current connection',
  (_context, _args, reply) => reply.text('default'),
)

const users = subcommand('users', 2, 'List the username of all the configured ACL rules', (_context, _args, reply) => {
  reply.array(1)
  reply.text('default')
})

const list = subcommand('list', 2, 'List the current ACL rules in ACL config file format', ({ node }, _args, reply) => {
  reply.array(1)
  // The password is not shown, not even as a hash: there are no other users who might need it.
  reply.text(`user default on ${node.isPasswordRequired ? 'resetpass' : 'nopass'} ~* &* +@all`)
})

const categories = subcommand(
  'cat',
  -2,
  'List the ACL categories or the commands inside a category',
  ({ node }, args, reply) => {
    if (args.count > 3)
      return reply.error("ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.")
    if (args.count === 2) {
      reply.array(ACL_CATEGORIES.length)
      for (const category of ACL_CATEGORIES) reply.text(category)
      return
    }
    const category = wordOf(args, 2)
    if (!ACL_CATEGORIES.includes(category)) return reply.error(`ERR Unknown category '${shownArgument(args, 2)}'`)
    const names: string[] = []
    for (const command of node.commands.values()) {
      if (aclCategoriesOf(command, command.name).includes(`@${category}`)) names.push(command.name)
      for (const each of command.subcommands ?? []) {
        const fullName = `${command.name}|${each.name}`
        if (aclCategoriesOf(each, fullName).includes(`@${category}`)) names.push(fullName)
      }
    }
    reply.array(names.length)
    for (const name of names) reply.text(name)
  },
)

/** ACL, as far as there is one user, who may do everything. */
export const aclCommand: ServerCommand = {
  name: 'acl',
  arity: -2,
  flags: [],
  group: 'server',
  since: '6.0.0',
  summary: 'A container for Access List Control commands',
  propagation: 'none',
  subcommands: [categories, list, users, whoAmI],
  execute: (_context, _args, reply) => reply.error("ERR wrong number of arguments for 'acl' command"),
}
