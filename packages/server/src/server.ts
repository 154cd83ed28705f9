import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { Master } from '@repl/master'
import { MASTER_ADDRESS_FILE, Slave } from '@repl/slave'
import { type Command, Store, storeCommands } from '@repl/store'
import type { Logger } from 'pino'
import { serverCommands } from './commands/server-commands.ts'
import { Configuration } from './configuration/configuration.ts'
import {
  applyReplicationSettings,
  masterOptionsOf,
  retentionOf,
  slaveOptionsOf,
} from './configuration/replication-settings.ts'
import { isSaveDue } from './configuration/save-points.ts'
import type { Settings } from './configuration/settings.ts'
import { ClientConnection, type ConnectionSurroundings } from './connection/client-connection.ts'
import type { ClientContext, Node } from './connection/client-context.ts'
import { ClientPause } from './connection/client-pause.ts'
import { JournalGate } from './connection/journal-gate.ts'
import { Listener } from './connection/listener.ts'
import { TurnScheduler } from './connection/turn-scheduler.ts'
import { buildCatalogue } from './dispatch/command-catalogue.ts'
import { Dispatcher } from './dispatch/dispatcher.ts'
import { fixedSettings } from './fixed-settings.ts'
import { ServerStatistics } from './info/server-statistics.ts'
import type { Greeting } from './loading/loading-client.ts'
import { LoadingDoor } from './loading/loading-door.ts'
import { logEvents } from './logging/log-events.ts'
import { createLogger, PINO_LEVELS } from './logging/logger.ts'
import { Monitors } from './monitoring/monitors.ts'
import { SlowLog } from './monitoring/slow-log.ts'
import { isPasswordEqual } from './password.ts'
import { Channels } from './pubsub/channels.ts'
import { KeyspaceEvents } from './pubsub/keyspace-events.ts'
import { announcement, applyReplicaSettings, masterOptions } from './replication/apply-settings.ts'
import { Failover } from './replication/failover.ts'
import { UnsavedChanges } from './unsaved-changes.ts'
import { SERVER_VERSION } from './versions.ts'

/** How often idle clients, save points and rates are looked at, in ms. */
const CHORES_PERIOD = 1000

/** The settings that decide what is kept compact. */
const COMPACT_LIMITS = [
  'hashMaxListpackEntries',
  'hashMaxListpackValue',
  'setMaxIntsetEntries',
  'zsetMaxListpackEntries',
  'zsetMaxListpackValue',
  'listMaxListpackSize',
] as const

/** How a server is started: settings by the names that they have in code, all of them optional. */
export interface ServerOptions extends Partial<Settings> {
  /** The file that the settings came from, which CONFIG REWRITE writes them to. */
  readonly configFile?: string
  /** Where it logs; JSON lines on standard output by default. */
  readonly logger?: Logger
}

/**
 * One node with its front door: a store, the master and the slave that attach to it, and a port that Redis clients
 * and slaves share.
 */
export class Server implements Node, AsyncDisposable {
  readonly store: Store
  readonly master: Master
  readonly slave: Slave
  readonly configuration: Configuration
  readonly statistics = new ServerStatistics()
  readonly logger: Logger
  readonly clients = new Map<number, ClientConnection>()
  readonly commands: ReadonlyMap<string, Command<ClientContext>>
  readonly version = SERVER_VERSION
  readonly channels = new Channels()
  readonly keyspaceEvents = new KeyspaceEvents(this.channels)
  readonly monitors = new Monitors()
  readonly slowLog = new SlowLog()
  readonly pause: ClientPause
  readonly failover: Failover
  feedsSlaves = false
  /** Resolves when the server has ended, however that came about. */
  readonly closed: Promise<void>
  readonly #listener: Listener
  readonly #surroundings: ConnectionSurroundings
  readonly #gate: JournalGate
  readonly #unsaved: UnsavedChanges
  readonly #chores: NodeJS.Timeout
  #lastClientId: number
  #closing: Promise<void> | null = null
  #resolveClosed: () => void = () => {}

  /**
   * Listens, recovers the data (clients are answered LOADING meanwhile), and goes on following a master that it followed
   * before.
   * @throws ListenError; what Store.open throws
   */
  static async start(options: ServerOptions = {}): Promise<Server> {
    const { logger: given, configFile, ...settings } = options
    const configuration: Configuration = new Configuration(
      settings,
      fixedSettings(() => configuration.values.dir !== ''),
    )
    configuration.file = configFile ?? null
    const { values } = configuration
    const logger = given ?? createLogger(values.loglevel, false)
    let server: Server | null = null
    let store: Store | null = null
    let lastClientId = 0
    using door = new LoadingDoor({
      configuration,
      isReplica: Object.hasOwn(settings, 'replicaof') ? values.replicaof !== null : followedBefore(values.dir),
      nextClientId: () => ++lastClientId,
    })
    const listener = await Listener.open({
      hosts: values.bind.split(/\s+/).flatMap((host) => (host === '' ? [] : host === '*' ? '0.0.0.0' : host)),
      port: values.port,
      keepAlive: values.tcpKeepalive * 1000,
      idleTimeout: () => values.timeout * 1000,
      isFull: (undecided) => server?.isFull(undecided) ?? door.clientCount + undecided >= values.maxclients,
      onClient: (socket, first) => (server ?? door).acceptClient(socket, first),
      onSlave: (socket) => (server === null ? door.refuseSlave(socket) : server.master.accept(socket)),
    })
    try {
      values.port = listener.port
      store = await Store.open({
        ...(values.dir === '' ? {} : { dir: values.dir }),
        appendfsync: values.appendfsync,
        backlogBytes: values.replBacklogSize,
        onLoading: (progress) => {
          door.progress = progress
        },
      })
      store.journalRetention = retentionOf(values)
      const opened = new Server(configuration, store, listener, logger, lastClientId)
      server = opened
      opened.#follow(Object.hasOwn(settings, 'replicaof'))
      door.open((socket, rest, id, greeting) => opened.acceptClient(socket, rest, id, greeting))
      return opened
    } catch (error) {
      listener[Symbol.dispose]()
      await (server ?? store)?.close()
      throw error
    }
  }

  private constructor(
    configuration: Configuration,
    store: Store,
    listener: Listener,
    logger: Logger,
    lastClientId: number,
  ) {
    const { values } = configuration
    this.#lastClientId = lastClientId
    this.configuration = configuration
    this.store = store
    this.logger = logger
    this.#listener = listener
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.master = new Master(store, {
      ...masterOptionsOf(values),
      ...masterOptions(values),
      password: values.requirepass,
      takeOver: (replicationId, offset) => this.slave.takeOver(replicationId, offset),
    })
    this.slave = new Slave(store, {
      ...slaveOptionsOf(values),
      password: values.masterauth,
      ...announcement(values),
      timeout: values.replTimeout * 1000,
    })
    const { commands, lookup } = buildCatalogue(storeCommands.values(), serverCommands, this.statistics)
    this.commands = commands
    this.#unsaved = new UnsavedChanges(store)
    const scheduler: TurnScheduler = new TurnScheduler(() => gate.isPressed())
    const gate = new JournalGate(store, () => scheduler.wake())
    this.#gate = gate
    this.#surroundings = {
      node: this,
      store,
      scheduler,
      gate,
      dispatcher: new Dispatcher(lookup),
      onClose: (connection) => this.clients.delete(connection.id),
    }
    this.pause = new ClientPause((isActive) => {
      store.isExpiryHeld = isActive
    })
    this.failover = new Failover({
      store,
      master: this.master,
      slave: this.slave,
      holdClients: () => this.pause.holdWrites(),
      onStep: (text, details) => logger.warn(details, text),
    })
    this.#applyChanges()
    this.#carryMessages()
    logEvents(this)
    this.#chores = setInterval(() => this.#doChores(), CHORES_PERIOD)
  }

  get port(): number {
    return this.#listener.port
  }

  get unsavedChanges(): number {
    return this.#unsaved.count
  }

  get isPasswordRequired(): boolean {
    return this.configuration.values.requirepass !== ''
  }

  isPasswordRight(password: Uint8Array): boolean {
    return isPasswordEqual(password, this.configuration.values.requirepass)
  }

  /** Whether one more client is too many, where so many connections have not said yet what they are. */
  isFull(undecided: number): boolean {
    this.statistics.connectionsReceived++
    const isFull = this.clients.size + undecided >= this.configuration.values.maxclients
    if (isFull) this.statistics.connectionsRejected++
    return isFull
  }

  /**
   * Takes a connection of a Redis client, with the bytes that have been read from it.
   * @param id of one that has come before the data was there, with what it has said of itself
   */
  acceptClient(socket: Socket, first: Buffer, id = ++this.#lastClientId, greeting: Greeting | null = null): void {
    const client = new ClientConnection(socket, id, this.#surroundings)
    if (greeting !== null) {
      client.isAuthenticated = greeting.isAuthenticated
      client.respVersion = greeting.respVersion
      client.database = greeting.database
      client.name = greeting.name
    }
    this.clients.set(client.id, client)
    client.receive(first, first.length)
  }

  async shutdown(shouldSave: boolean): Promise<void> {
    if (shouldSave) await this.store.persistSnapshot()
    await this.close()
  }

  /** Ends everything in order: clients, slaves, the link to the master, then the store. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    clearInterval(this.#chores)
    this.failover[Symbol.dispose]()
    this.pause[Symbol.dispose]()
    this.#listener[Symbol.dispose]()
    for (const client of this.clients.values()) client.end()
    await this.slave.close()
    await this.master.close()
    await this.store.close()
    for (const client of this.clients.values()) client.destroy()
    this.#gate[Symbol.dispose]()
    this.statistics[Symbol.dispose]()
    this.#resolveClosed()
  }

  /** Follows the master that was asked for, or the one from before the restart. */
  #follow(isAskedFor: boolean): void {
    const { replicaof } = this.configuration.values
    if (!isAskedFor) this.slave.restore()
    else if (replicaof !== null) this.slave.slaveof(replicaof.host, replicaof.port)
    else {
      this.slave.slaveof(null)
      if (this.store.isReadOnly) {
        this.store.promote().catch((error: unknown) => this.logger.error({ err: error }, 'not promoted'))
      }
    }
  }

  /** Has those settings that may change while the server runs reach what depends on them. */
  #applyChanges(): void {
    const { configuration, store, master, slave, logger } = this
    const { values } = configuration
    configuration.onChange('appendfsync', () => {
      store.appendfsync = values.appendfsync
    })
    configuration.onChange('requirepass', () => {
      master.password = values.requirepass
    })
    configuration.onChange('masterauth', () => {
      slave.options.password = values.masterauth === '' ? null : values.masterauth
    })
    const { keyspaceEvents, slowLog } = this
    const notify = (): void => {
      keyspaceEvents.flags = values.notifyKeyspaceEvents
      store.keyspaceListener = keyspaceEvents.isActive ? keyspaceEvents.publish : null
      store.reportKeyspaceEvents(keyspaceEvents.wants('m'), keyspaceEvents.wants('n'))
    }
    configuration.onChange('notifyKeyspaceEvents', notify)
    notify()
    const setSlowLog = (): void => {
      slowLog.threshold = values.slowlogLogSlowerThan
      slowLog.maximumLength = values.slowlogMaxLen
    }
    configuration.onChange('slowlogLogSlowerThan', setSlowLog)
    configuration.onChange('slowlogMaxLen', setSlowLog)
    setSlowLog()
    const setLimits = (): void => {
      for (const key of COMPACT_LIMITS) store.dataSet.limits[key] = values[key]
    }
    for (const key of COMPACT_LIMITS) configuration.onChange(key, setLimits)
    setLimits()
    applyReplicationSettings(configuration, master, slave)
    applyReplicaSettings(configuration, store, master, slave)
    configuration.onChange('loglevel', () => {
      logger.level = PINO_LEVELS[values.loglevel]
    })
  }

  /** Messages published on the master reach the subscribers of its slaves with the stream. */
  #carryMessages(): void {
    const { store, channels } = this
    // Without a slave messages would only fill the journal. One that comes back gets what it has missed.
    this.master.on('slave', () => {
      this.feedsSlaves = true
    })
    store.messageListener = (args) => {
      const isOfShard = args.latin1(0).toLowerCase() === 'spublish'
      if (isOfShard) channels.publishToShard(args.copy(1), args.copy(2))
      else channels.publish(args.copy(1), args.copy(2))
    }
  }

  #doChores(): void {
    const { statistics, configuration, store, logger } = this
    const { timeout, save } = configuration.values
    statistics.sample()
    const idleSince = timeout > 0 ? Date.now() - timeout * 1000 : 0
    for (const client of this.clients.values()) {
      if (client.lastActiveAt < idleSince && !client.isSuspended && !client.isSubscribed) client.destroy()
      else client.checkOutput()
    }
    const { isSaving, lastSaveAt } = store.persistence
    const changes = this.#unsaved.count
    if (isSaving || store.isLoading || !isSaveDue(save, changes, (Date.now() - lastSaveAt) / 1000)) return
    logger.info({ changes }, 'a save point is reached: persisting a snapshot')
    store
      .persistSnapshot()
      .catch((error: unknown) => logger.error({ err: error }, 'the snapshot could not be persisted'))
  }
}

/** Whether the node of this folder was a slave when it ended. */
function followedBefore(directory: string): boolean {
  return directory !== '' && existsSync(join(directory, MASTER_ADDRESS_FILE))
}
