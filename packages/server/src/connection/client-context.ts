import type { Master } from '@repl/master'
import type { Slave } from '@repl/slave'
import type { Command, Store } from '@repl/store'
import type { Logger } from 'pino'
import type { Configuration } from '../configuration/configuration.ts'
import type { ServerStatistics } from '../info/server-statistics.ts'
import type { RespVersion } from '../resp/reply-writer.ts'

/** What a command of the server works on: who asks, and the node that is asked. */
export interface ClientContext {
  readonly client: Client
  readonly node: Node
}

/** A client connection, as far as commands may touch it. */
export interface Client {
  readonly id: number
  /** `host:port` of either end. */
  readonly address: string
  readonly localAddress: string
  name: string
  libraryName: string
  libraryVersion: string
  isAuthenticated: boolean
  respVersion: RespVersion
  /** The end of the stream after this client's last write; what WAIT waits for. */
  readonly lastWriteOffset: number
  /** Whether a command of this client waits for something: WAIT. */
  readonly isSuspended: boolean
  /** The full name of the command that is being carried out, or was last. */
  lastCommand: string
  /** The line of CLIENT LIST. */
  describe(): string
  /** Closes the connection after what has been answered so far is sent. */
  closeAfterReply(): void
  /**
   * Lets a command answer in a later turn: nothing more of this client is carried out before `work`, which writes the
   * reply, has ended. The signal is aborted when the client goes away first.
   */
  suspend(work: (signal: AbortSignal) => Promise<void>): void
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
