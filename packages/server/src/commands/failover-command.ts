import type { Command } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import { FailoverError, type FailoverRequest } from '../replication/failover.ts'
import { integerOf, NOT_AN_INTEGER, SYNTAX_ERROR, textOf, wordOf } from './argument-text.ts'

/** FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds], with the checks and texts of Redis 7.0. */
export const failoverCommand: Command<ClientContext> = {
  name: 'failover',
  arity: -1,
  flags: ['admin', 'noscript', 'stale'],
  group: 'server',
  since: '6.2.0',
  summary: 'Start a coordinated failover between this server and one of its replicas.',
  syntax: '[target: TO host port:integer [FORCE]] [ABORT] [TIMEOUT milliseconds:integer]',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ node }, args, reply) {
    try {
      if (args.count === 2 && wordOf(args, 1) === 'abort') {
        node.failover.abort()
        reply.status('OK')
        return
      }
      const request = parse(args)
      if (typeof request === 'string') return reply.error(request)
      node.failover.begin(request)
      reply.status('OK')
    } catch (error) {
      if (!(error instanceof FailoverError)) throw error
      reply.error(`ERR ${error.message}`)
    }
  },
}

function parse(args: Parameters<Command<ClientContext>['execute']>[1]): FailoverRequest | string {
  let target: FailoverRequest['target'] = null
  let timeout = 0
  let isForced = false
  for (let i = 1; i < args.count; i++) {
    const option = wordOf(args, i)
    if (option === 'timeout' && i + 1 < args.count && timeout === 0) {
      const value = integerOf(args, ++i)
      if (value === null) return NOT_AN_INTEGER
      if (value <= 0) return 'ERR FAILOVER timeout must be greater than 0'
      timeout = value
    } else if (option === 'to' && i + 2 < args.count && target === null) {
      const port = integerOf(args, i + 2)
      if (port === null) return NOT_AN_INTEGER
      target = { host: textOf(args, i + 1), port }
      i += 2
    } else if (option === 'force' && !isForced) isForced = true
    else return SYNTAX_ERROR
  }
  return { target, timeout, isForced }
}
