import { type Command, shownArgument } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import { everyCommand } from '../dispatch/every-command.ts'
import { ACL_CATEGORIES, aclCategoriesOf } from './acl-categories.ts'
import { wordOf } from './argument-text.ts'

type ServerCommand = Command<ClientContext>

const READING = {
  flags: ['noscript', 'loading', 'stale'],
  group: 'server',
  since: '6.0.0',
  propagation: 'none',
} as const

const ADMINISTRATIVE = { ...READING, flags: ['admin', ...READING.flags] } as const

const whoAmI: ServerCommand = {
  ...READING,
  name: 'whoami',
  arity: 2,
  summary: 'Return the name of the user associated to the current connection',
  complexity: 'O(1)',
  execute: (_context, _args, reply) => reply.text('default'),
}

const users: ServerCommand = {
  ...ADMINISTRATIVE,
  name: 'users',
  arity: 2,
  summary: 'List the username of all the configured ACL rules',
  complexity: 'O(N). Where N is the number of configured users.',
  execute(_context, _args, reply) {
    reply.array(1)
    reply.text('default')
  },
}

const list: ServerCommand = {
  ...ADMINISTRATIVE,
  name: 'list',
  arity: 2,
  summary: 'List the current ACL rules in ACL config file format',
  complexity: 'O(N). Where N is the number of configured users.',
  execute({ node }, _args, reply) {
    reply.array(1)
    // The password is not shown, not even as a hash: there are no other users who might need it.
    reply.text(`user default on ${node.isPasswordRequired ? 'resetpass' : 'nopass'} ~* &* +@all`)
  },
}

const categories: ServerCommand = {
  ...READING,
  name: 'cat',
  arity: -2,
  summary: 'List the ACL categories or the commands inside a category',
  syntax: '[categoryname]',
  complexity: 'O(1) since the categories and commands are a fixed set.',
  execute({ node }, args, reply) {
    if (args.count > 3)
      return reply.error("ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.")
    if (args.count === 2) {
      reply.array(ACL_CATEGORIES.length)
      for (const category of ACL_CATEGORIES) reply.text(category)
      return
    }
    const category = wordOf(args, 2)
    if (!ACL_CATEGORIES.includes(category)) return reply.error(`ERR Unknown category '${shownArgument(args, 2)}'`)
    const names = everyCommand(node.commands.values())
      .filter(([name, command]) => aclCategoriesOf(command, name).includes(`@${category}`))
      .map(([name]) => name)
    reply.array(names.length)
    for (const name of names) reply.text(name)
  },
}

/** ACL, as far as there is one user, who may do everything. */
export const aclCommand: ServerCommand = {
  name: 'acl',
  arity: -2,
  flags: [],
  group: 'server',
  since: '6.0.0',
  summary: 'A container for Access List Control commands',
  complexity: 'Depends on subcommand.',
  propagation: 'none',
  subcommands: [categories, list, users, whoAmI],
  execute: (_context, _args, reply) => reply.error("ERR wrong number of arguments for 'acl' command"),
}
