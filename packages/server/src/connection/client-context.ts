import type { Master } from '@repl/master'
import type { Slave } from '@repl/slave'
import type { Command, CommandArguments, Store, WaitingClient, Watch } from '@repl/store'
import type { Logger } from 'pino'
import type { Configuration } from '../configuration/configuration.ts'
import type { ServerStatistics } from '../info/server-statistics.ts'
import type { Monitors } from '../monitoring/monitors.ts'
import type { SlowLog } from '../monitoring/slow-log.ts'
import type { Channels, Subscriber } from '../pubsub/channels.ts'
import type { KeyspaceEvents } from '../pubsub/keyspace-events.ts'
import type { Failover } from '../replication/failover.ts'
import type { RespVersion } from '../resp/reply-writer.ts'
import type { Transaction } from '../transactions/transaction.ts'
import type { ClientPause, Paused } from './client-pause.ts'

/** What a command of the server works on: who asks, and the node that is asked. */
export interface ClientContext {
  readonly client: Client
  readonly node: Node
}

/**
 * What those commands work on that a connection begins with. They need nothing of the data, and are carried out while
 * it is being loaded, too.
 */
export interface GreetingContext {
  readonly client: Pick<Client, 'closeAfterReply' | 'database' | 'id' | 'isAuthenticated' | 'name' | 'respVersion'>
  readonly node: Pick<Node, 'isPasswordRequired' | 'isPasswordRight'> & { readonly store: Pick<Store, 'isReadOnly'> }
}

/** What of its replies a client gets: all, none, or all but the next one's. */
export type ReplyMode = 'on' | 'off' | 'skip'

/** A client connection, as far as commands may touch it. */
export interface Client extends WaitingClient, Subscriber, Paused {
  readonly id: number
  /** `host:port` of either end. */
  readonly address: string
  readonly localAddress: string
  name: string
  libraryName: string
  libraryVersion: string
  isAuthenticated: boolean
  /** The number of the database that it has selected. */
  database: number
  /** Unix ms. */
  readonly createdAt: number
  /** What it has queued since MULTI, or null. */
  readonly transaction: Transaction | null
  /** The keys that it watches. */
  readonly watch: Watch
  /** Whether EXEC is carrying out its commands: nothing may wait then. */
  readonly isInTransaction: boolean
  replyMode: ReplyMode
  /** CLIENT NO-EVICT and NO-TOUCH; nothing is evicted here, and keys have no last access. */
  isNoEvict: boolean
  isNoTouch: boolean
  /** Whether it has subscriptions of any kind. */
  readonly isSubscribed: boolean
  /** Whether nothing is special about it, so that its commands need no second look. */
  readonly isOrdinary: boolean
  respVersion: RespVersion
  /** The end of the stream after this client's last write; what WAIT waits for. */
  readonly lastWriteOffset: number
  /** Whether a command of this client waits for something: a key, other nodes, the disk, the end of a pause. */
  readonly isSuspended: boolean
  /** The full name of the command that is being carried out, or was last. */
  lastCommand: string
  /** The line of CLIENT LIST. */
  describe(): string
  /** Begins a transaction: MULTI. */
  beginTransaction(): void
  /** Forgets what was queued, and what is watched. */
  endTransaction(): void
  /** Carries out what was queued as one atomic unit. */
  carryOutTransaction(action: () => void): void
  /** Forgets the keys that are watched. */
  unwatch(): void
  /** Has the command in `args` wait for the end of a pause, and everything after it. */
  postpone(args: CommandArguments): void
  /** To be called when the client's subscriptions or its being a monitor may have changed. */
  updateState(): void
  /** Closes the connection at once. */
  destroy(): void
  /** Closes the connection after what has been answered so far is sent. */
  closeAfterReply(): void
  /**
   * Lets a command answer in a later turn: nothing more of this client is carried out before `work`, which writes the
   * reply, has ended. The signal is aborted when the client goes away first.
   * @param onUnblock answers for CLIENT UNBLOCK: with an error, or null as if the time had run out. Without it the
   *   command can't be unblocked.
   */
  suspend(work: (signal: AbortSignal) => Promise<void>, onUnblock?: (error: string | null) => void): void
  /** Ends the waiting of a command that can be unblocked; whether there was one. */
  unblock(error: string | null): boolean
}

/** The node, as far as commands may touch it. */
export interface Node {
  readonly store: Store
  readonly master: Master
  readonly slave: Slave
  readonly configuration: Configuration
  readonly statistics: ServerStatistics
  readonly logger: Logger
  /** All commands there are, by name. */
  readonly commands: ReadonlyMap<string, Command<ClientContext>>
  readonly clients: ReadonlyMap<number, Client>
  readonly channels: Channels
  readonly keyspaceEvents: KeyspaceEvents
  readonly monitors: Monitors
  readonly slowLog: SlowLog
  readonly pause: ClientPause
  readonly failover: Failover
  /** Whether messages go into the stream: once a slave has been here. */
  readonly feedsSlaves: boolean
  /** The port that clients reach this node at. */
  readonly port: number
  readonly version: string
  /** Keys changed since the newest snapshot was begun. */
  readonly unsavedChanges: number
  /** Whether a password is asked for. */
  readonly isPasswordRequired: boolean
  /** Checks a password in constant time. */
  isPasswordRight(password: Uint8Array): boolean
  /**
   * Ends the node: clients are closed, the journal is on disk.
   * @param shouldSave true: persist a snapshot first, and stay if that fails
   */
  shutdown(shouldSave: boolean): Promise<void>
}
