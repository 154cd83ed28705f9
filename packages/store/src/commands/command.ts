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
 * One group of a command's keys, as `COMMAND INFO` describes it.
 * https://redis.io/docs/latest/develop/reference/key-specs/
 */
export interface KeySpecification {
  /** What happens to these keys, in Redis's words: `RW access update`. */
  readonly access: string
  /** The argument at which they begin; undefined where that can't be said, and Redis says "unknown". */
  readonly begin?: number
  /** That argument is the number of keys, and they follow it. */
  readonly isCounted?: boolean
  /** Otherwise, the last one: counted from `begin`, or from the end where it is negative. 0 by default. */
  readonly last?: number
  /** 1 by default. */
  readonly step?: number
  /** Why it is so, for people. */
  readonly notes?: string
}

/**
 * How a write reaches the journal and the slaves, where it changed something:
 * `verbatim`, as the client sent it; `effect`, the command calls `propagate` with its deterministic effect.
 * `none` for everything that is no write.
 */
export type Propagation = 'none' | 'verbatim' | 'effect'

/** What people, and clients that help them, are told about a command: by `COMMAND DOCS`, and by docs/commands.md. */
export interface CommandDescription {
  /** In lower case. Subcommands are declared in `subcommands`, named by their own word. */
  readonly name: string
  /** The Redis version that first had it. */
  readonly since: string
  readonly summary: string
  /**
   * Its arguments, in the notation of Redis's manual, with names, types and versions for COMMAND DOCS beside:
   * `key [condition: NX | XX]@7.0.0 count:integer element...`. The server's command-syntax.ts says all of it.
   */
  readonly syntax?: string
  /** The time that it takes, as Redis's manual puts it. */
  readonly complexity?: string
  /** What later versions of Redis changed. */
  readonly history?: readonly (readonly [version: string, change: string])[]
  /** Where another command should be used instead. */
  readonly deprecation?: { readonly since: string; readonly replacement: string }
  /** Of a command that is for those who work on the server. */
  readonly isInternal?: boolean
  /** Since when its subcommands have a HELP, where that is later than the command itself. */
  readonly helpSince?: string
}

/**
 * All there is to know of one command. Dispatch, `COMMAND` and the page that lists the commands come from this.
 * @typeParam Context what the command works on: the store's CommandContext, or the server's client connection.
 */
export interface Command<Context> extends CommandDescription {
  /** Redis's arity: the exact number of arguments, name included; negative: at least that many. */
  readonly arity: number
  readonly flags: readonly CommandFlag[]
  readonly keys?: KeyPositions
  /** What it does to the keys, in Redis's words. By default `RW update` for a write and `RO access` otherwise. */
  readonly keyAccess?: string
  /** Where the keys are and what happens to them, where `keys` and `keyAccess` can't tell. */
  readonly keySpecifications?: readonly KeySpecification[]
  /** Redis's hints for clients and proxies: https://redis.io/docs/latest/develop/reference/command-tips/ */
  readonly tips?: readonly string[]
  readonly group: CommandGroup
  readonly propagation: Propagation
  readonly subcommands?: readonly Command<Context>[]
  /** Carries it out: exactly one reply, in the same turn. */
  execute(context: Context, args: CommandArguments, reply: Reply): void
}
