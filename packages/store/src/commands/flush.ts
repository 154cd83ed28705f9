import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { SYNTAX_ERROR } from './error-texts.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'

function flush(context: CommandContext, args: CommandArguments, reply: Reply, isOfAll: boolean) {
  // Either is the same here: clearing takes a time that doesn't depend on the number of keys.
  const isKnown = args.count === 1 || (args.count === 2 && (isKeyword(args, 1, 'async') || isKeyword(args, 1, 'sync')))
  if (!isKnown) return reply.error(SYNTAX_ERROR)
  if (isOfAll) context.clearAll()
  else context.clear()
  // Also where there was nothing: a slave may have what the master has not.
  context.changed()
  reply.status('OK')
}

/** The commands that delete everything. */
export const flushCommands: readonly Command<CommandContext>[] = [
  {
    name: 'flushall',
    arity: -1,
    flags: ['write'],
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    group: 'server',
    since: '1.0.0',
    summary: 'Remove all keys from all databases',
    syntax: '[async: ASYNC@4.0.0 | SYNC@6.2.0]',
    complexity: 'O(N) where N is the total number of keys in all databases',
    history: [
      ['4.0.0', 'Added the `ASYNC` flushing mode modifier.'],
      ['6.2.0', 'Added the `SYNC` flushing mode modifier.'],
    ],
    propagation: 'verbatim',
    execute: (context, args, reply) => flush(context, args, reply, true),
  },
  {
    name: 'flushdb',
    arity: -1,
    flags: ['write'],
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    group: 'server',
    since: '1.0.0',
    summary: 'Remove all keys from the current database',
    syntax: '[async: ASYNC@4.0.0 | SYNC@6.2.0]',
    complexity: 'O(N) where N is the number of keys in the selected database',
    history: [
      ['4.0.0', 'Added the `ASYNC` flushing mode modifier.'],
      ['6.2.0', 'Added the `SYNC` flushing mode modifier.'],
    ],
    propagation: 'verbatim',
    execute: (context, args, reply) => flush(context, args, reply, false),
  },
]
