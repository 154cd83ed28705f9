import type { CommandArguments } from './command-arguments.ts'
import type { Reply } from './reply.ts'

/** Redis's command flags, as `COMMAND INFO` names them. */
export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'fast'
  | 'no_auth'
  | 'may_replicate'
  | 'no_async_loading'
  | 'no_multi'
  | 'movablekeys'
  | 'allow_busy'

/** Redis's groups of commands, as `COMMAND DOCS` names them. */
export type CommandGroup =
  | 'generic'
  | 'string'
  | 'bitmap'
  | 'list'
  | 'set'
  | 'sorted-set'
  | 'hash'
  | 'pubsub'
  | 'transactions'
  | 'connection'
  | 'server'

/** Where a command's keys are among its arguments: from `first` to `last` (negative: from the end), every `step`. */
export interface KeyPositions {
  readonly first: number
  readonly last: number
  readonly step: number
}

/**
 * How a write reaches the journal and the slaves, where it changed something:
 * `verbatim`, as the client sent it; `effect`, the command calls `propagate` with its deterministic effect.
 * `none` for everything that is no write.
 */
export type Propagation = 'none' | 'verbatim' | 'effect'

/**
 * All there is to know of one command. Dispatch, `COMMAND` and the page that lists the commands come from this.
 * @typeParam Context what the command works on: the store's CommandContext, or the server's client connection.
 */
export interface Command<Context> {
  /** In lower case. Subcommands are declared in `subcommands`, named by their own word. */
  readonly name: string
  /** Redis's arity: the exact number of arguments, name included; negative: at least that many. */
  readonly arity: number
  readonly flags: readonly CommandFlag[]
  readonly keys?: KeyPositions
  readonly group: CommandGroup
  /** The Redis version that first had it. */
  readonly since: string
  readonly summary: string
  readonly propagation: Propagation
  readonly subcommands?: readonly Command<Context>[]
  /** Carries it out: exactly one reply, in the same turn. */
  execute(context: Context, args: CommandArguments, reply: Reply): void
}
