import type { Address, KeySpace } from '../keyspace/key-space.ts'
import type { CommandArguments } from './command-arguments.ts'

/**
 * Which events of keyspace notification an event belongs to, by the letter of Redis's `notify-keyspace-events`:
 * generic, string, list, set, hash, sorted set, expired, evicted, missed, new.
 */
export type KeyspaceEventClass = 'g' | '$' | 'l' | 's' | 'h' | 'z' | 'x' | 'e' | 'm' | 'n'

/**
 * What a store's command works on: the data, the time, and the way to tell the world what it did. The store has one
 * and uses it for every command, so commands keep nothing of it.
 */
export interface CommandContext {
  /** The number of the database that the client (or the stream) has selected. */
  readonly database: number
  /**
   * That database's keys, with its large collections in `keySpace.collections`. Replaced as a whole when a slave adopts
   * a snapshot, never while a command runs.
   */
  readonly keySpace: KeySpace
  /** Unix time in milliseconds, the same for the whole command. */
  readonly now: number
  /**
   * True while commands of a master or of the journal are applied: nothing counts as expired (the master says when),
   * and nothing is propagated.
   */
  readonly isApplying: boolean
  /**
   * The live record of the key in argument i, or 0. On a master a record that has expired is deleted first, and
   * that is propagated as DEL; on a slave it is only hidden. The arguments may lie in the arena.
   */
  lookup(args: CommandArguments, i: number): Address
  /**
   * The argument with the key that has something now, while a command that waited is carried out again: only that one
   * is to be looked at. 0 in the first run.
   */
  readonly readyKey: number
  /**
   * Has the client wait, where its command finds nothing to take: when one of the keys in arguments [first, last] is
   * written and holds a value of `type`, the command is carried out again from its beginning, with `readyKey` saying
   * which. It may find nothing still, and calls this again. Where the time runs out the client is answered with the
   * null array. True: no reply is to be given now. False: nobody can wait here (in a transaction, say), and the command
   * answers as if the time had run out.
   * @param timeout in ms, 0 for ever
   */
  waitForKeys(type: number, args: CommandArguments, first: number, last: number, timeout: number): boolean
  /** The command changed `count` keys (default 1). A `verbatim` command is then propagated as it came. */
  changed(count?: number): void
  /** The deterministic effect of an `effect` command, in order, after it has happened. Nothing while applying. */
  propagate(...parts: readonly (string | Uint8Array | number)[]): void
  /** The same with arguments as they are, without an allocation: a plain SET. */
  propagateArguments(args: CommandArguments): void
  /**
   * A keyspace notification: `event` (`hset`, `del`, …) happened to the key in argument i. To be called where
   * redis-server calls notifyKeyspaceEvent, in its order and also while applying. Costs next to nothing where nobody
   * listens.
   */
  notify(eventClass: KeyspaceEventClass, event: string, args: CommandArguments, i: number): void
  /**
   * Space of at least `length` bytes for building a value. The next call may return the same space, and nobody else
   * touches it before the command ends.
   */
  scratch(length: number): Buffer
  /** Deletes every key of the database. */
  clear(): void
  /** Deletes every key of all databases. */
  clearAll(): void
  /** Whether there is a database of that number. */
  hasDatabase(database: number): boolean
  /** Does something as if another database were selected: all of the context, `lookup` and `propagate` too, is that one's. */
  inDatabase<T>(database: number, action: () => T): T
  /** Lets two databases change places. */
  swapDatabases(first: number, second: number): void
}
