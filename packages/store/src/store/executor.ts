import type { Command } from '../commands/command.ts'
import { CommandArguments } from '../commands/command-arguments.ts'
import type { CommandContext, KeyspaceEventClass } from '../commands/command-context.ts'
import { hasExpired } from '../commands/expiry-time.ts'
import type { Reply } from '../commands/reply.ts'
import type { Journal } from '../journal/journal.ts'
import type { Address, KeyObserver, KeySpace } from '../keyspace/key-space.ts'
import { DATABASES, type DataSet } from './data-set.ts'
import { EffectUnit } from './effect-unit.ts'
import { type WaitingClient, WaitingClients, type WaitingCommand } from './waiting-clients.ts'
import { WatchedKeys } from './watched-keys.ts'

/** Scratch space up to this is kept from command to command; more is made for the one that asks. */
const KEPT_SCRATCH_BYTES = 1024 * 1024
const DELETE = Buffer.from('DEL')
/** Who listens for keyspace events, which are of the given database; the arguments hold until it returns. */
export type KeyspaceListener = (
  eventClass: KeyspaceEventClass,
  event: string,
  database: number,
  args: CommandArguments,
  i: number,
) => void

/** Who gets the messages that come with the stream of a master, as `PUBLISH channel message` or `SPUBLISH …`. */
export type MessageListener = (args: CommandArguments) => void

/** The command that selects each database in the stream. */
const selections = Array.from({ length: DATABASES }, (_, database) => CommandArguments.of('SELECT', database))

/**
 * Carries commands out against a data set and sends the effect of each write to the journal. One command runs at a
 * time, from beginning to end, so a single executor serves as the context of all.
 */
export class Executor implements CommandContext {
  keySpace: KeySpace
  database = 0
  /**
   * The database that the stream has selected: what comes next in it is of that one. The stream carries a SELECT only
   * where that changes; a snapshot's file says what it is at its offset.
   */
  streamDatabase = 0
  now = 0
  isApplying = false
  /** A slave hides what has expired and leaves the deletion to its master. */
  isReadOnly = false
  /** Where effects go; null while the store recovers. */
  journal: Journal | null = null
  onKeyspaceEvent: KeyspaceListener | null = null
  onMessage: MessageListener | null = null
  /** Whether nothing may be deleted for its age: what has expired is then hidden, as on a slave. */
  isExpiryHeld = false
  readyKey = 0
  readonly watchedKeys: WatchedKeys
  readonly waitingClients = new WaitingClients()
  /** Keys changed by clients since the store was opened, as INFO's `rdb_changes_since_last_save` counts them. */
  changes = 0
  /** Keys found or swept after their time. */
  expiredKeys = 0
  keyspaceHits = 0
  keyspaceMisses = 0

  #dataSet: DataSet
  readonly #scratch = Buffer.allocUnsafeSlow(KEPT_SCRATCH_BYTES)
  #changesOfCommand = 0
  readonly #deletion = new CommandArguments()
  readonly #unit = new EffectUnit()
  #isInUnit = false
  /** Who may wait in the command that is carried out, and that command. */
  #client: WaitingClient | null = null
  #command: Command<CommandContext> | null = null
  #isServing = false
  #stillWaits = false
  #reportsMisses = false
  #reportsNewKeys = false
  readonly #eventArguments = new CommandArguments()

  /** @param streamDatabase what the stream has selected where it goes on */
  constructor(dataSet: DataSet, streamDatabase: number) {
    this.#dataSet = dataSet
    this.streamDatabase = streamDatabase
    this.keySpace = dataSet.keySpace(0)
    this.watchedKeys = new WatchedKeys((database) => this.#dataSet.keySpace(database))
  }

  get dataSet(): DataSet {
    return this.#dataSet
  }

  /** Replaces the data as a whole. Between commands only. */
  set dataSet(dataSet: DataSet) {
    const before = this.#dataSet
    this.#dataSet = dataSet
    this.#select(this.database)
    for (let database = 0; database < DATABASES; database++) {
      if (!this.#isObserved(database)) continue
      this.watchedKeys.replaced(database, before.keySpace(database), dataSet.keySpace(database))
      this.waitingClients.signalAll(database)
      this.observe(database)
    }
  }

  /**
   * One command of a client in its database. Whether it may run at all has been decided by the caller.
   * @param client who may wait, where the command is one that does; nobody by default
   */
  execute(
    command: Command<CommandContext>,
    args: CommandArguments,
    reply: Reply,
    database: number,
    client: WaitingClient | null = null,
  ): void {
    if (database !== this.database) this.#select(database)
    this.now = Date.now()
    this.#changesOfCommand = 0
    this.#client = client
    this.#command = command
    command.execute(this, args, reply)
    if (this.#changesOfCommand > 0) {
      this.changes += this.#changesOfCommand
      if (command.propagation === 'verbatim') this.propagateArguments(args)
    }
    if (this.waitingClients.hasReady) this.#serveWaiting()
  }

  /**
   * Carries several commands out as one unit: what they write is in the journal in one piece, and nobody who waits is
   * served in between.
   */
  inUnit(action: () => void): void {
    if (this.#isInUnit) throw new Error('a unit within a unit')
    this.#isInUnit = true
    try {
      action()
    } finally {
      this.#isInUnit = false
      // What has been done is done, also where the action threw.
      if (this.journal !== null) this.#unit.appendTo(this.journal)
    }
    if (this.waitingClients.hasReady) this.#serveWaiting()
  }

  /** One command of the replication stream, whose bytes are in the journal already. */
  apply(command: Command<CommandContext>, args: CommandArguments, reply: Reply): void {
    if (this.streamDatabase !== this.database) this.#select(this.streamDatabase)
    this.now = Date.now()
    this.#command = null
    this.isApplying = true
    try {
      command.execute(this, args, reply)
    } finally {
      this.isApplying = false
    }
  }

  lookup(args: CommandArguments, i: number): Address {
    const start = args.starts[i]!
    const end = args.ends[i]!
    const address = this.keySpace.find(args.bytes, start, end)
    if (address === 0) return this.#miss(args, i)
    const expiresAt = this.keySpace.expiresAt(address)
    if (this.isApplying || !hasExpired(expiresAt, this.now)) {
      if (this.#command?.propagation === 'none') this.keyspaceHits++
      return address
    }
    // A node that can't write the deletion down leaves the record hidden until it can.
    if (!this.isReadOnly && !this.isExpiryHeld && this.journal?.failure === null) {
      this.#deleteExpired(args.bytes, start, end)
    }
    return this.#miss(args, i)
  }

  changed(count = 1): void {
    this.#changesOfCommand += count
  }

  waitForKeys(type: number, args: CommandArguments, first: number, last: number, timeout: number): boolean {
    if (this.readyKey !== 0) {
      this.#stillWaits = true
      return true
    }
    const client = this.#client
    const command = this.#command
    if (client === null || command === null || this.#isInUnit || this.isApplying) return false
    const { database } = this
    const deadline = timeout === 0 ? 0 : Date.now() + timeout
    this.waitingClients.add({
      client,
      command,
      args: args.clone(),
      database,
      type,
      first,
      last,
      deadline,
      timer: null,
    })
    this.observe(database)
    return true
  }

  propagate(...parts: readonly (string | Uint8Array | number)[]): void {
    if (!this.isApplying) this.#append(CommandArguments.of(...parts))
  }

  propagateArguments(args: CommandArguments): void {
    if (!this.isApplying) this.#append(args)
  }

  notify(eventClass: KeyspaceEventClass, event: string, args: CommandArguments, i: number): void {
    this.onKeyspaceEvent?.(eventClass, event, this.database, args, i)
  }

  /** Which events that no command gives are wanted: of keys that were asked for in vain, and of new ones. */
  reportEvents(ofMisses: boolean, ofNewKeys: boolean): void {
    this.#reportsMisses = ofMisses
    this.#reportsNewKeys = ofNewKeys
    for (let database = 0; database < DATABASES; database++) this.observe(database)
  }

  /** A message for the slaves' subscribers: part of the stream, but nothing that changes data. */
  propagateMessage(args: CommandArguments): void {
    if (this.journal !== null && this.journal.failure === null) this.#appendTo(this.journal, args)
  }

  /** Looks at the changes of keys in a database, or no more, as there is need: to be called when there may be. */
  observe(database: number): void {
    const keySpace = this.#dataSet.keySpace(database)
    if (!this.#isObserved(database)) keySpace.observer = null
    else if (keySpace.observer === null) keySpace.observer = this.#observerOf(database)
  }

  scratch(length: number): Buffer {
    return length <= KEPT_SCRATCH_BYTES ? this.#scratch : Buffer.allocUnsafeSlow(length)
  }

  clear(): void {
    this.watchedKeys.replaced(this.database, this.keySpace, null)
    this.keySpace.clear()
  }

  clearAll(): void {
    for (const [database, keySpace] of this.#dataSet.databases()) {
      this.watchedKeys.replaced(database, keySpace, null)
      keySpace.clear()
    }
  }

  hasDatabase(database: number): boolean {
    return database >= 0 && database < DATABASES
  }

  inDatabase<T>(database: number, action: () => T): T {
    const selected = this.database
    this.#select(database)
    try {
      return action()
    } finally {
      this.#select(selected)
    }
  }

  swapDatabases(first: number, second: number): void {
    if (first === second) return
    const formerFirst = this.#dataSet.keySpace(first)
    const formerSecond = this.#dataSet.keySpace(second)
    this.#dataSet.swap(first, second)
    this.#select(this.database)
    this.watchedKeys.replaced(first, formerFirst, formerSecond)
    this.watchedKeys.replaced(second, formerSecond, formerFirst)
    for (const database of [first, second]) {
      this.waitingClients.signalAll(database)
      // An observer knows its database by number.
      this.#dataSet.keySpace(database).observer = null
      this.observe(database)
    }
  }

  /**
   * Deletes what has expired, as the master does by its own clock, for at most `budget` ms.
   * @returns whether there is more to look at
   */
  sweepExpired(budget: number): boolean {
    this.now = Date.now()
    if (this.isExpiryHeld) return false
    let isUnfinished = false
    for (const [database, keySpace] of this.#dataSet.databases()) {
      if (keySpace.volatileSize === 0) continue
      this.#select(database)
      isUnfinished =
        keySpace.sweepExpired(this.now, budget, (address) => {
          const start = keySpace.keyStart(address)
          this.#deleteExpired(keySpace.bytesAt(address), start, start + keySpace.keyLength(address))
        }) || isUnfinished
    }
    return isUnfinished
  }

  #select(database: number): void {
    this.keySpace = this.#dataSet.keySpace(database)
    this.database = database
  }

  #append(args: CommandArguments): void {
    const { journal } = this
    if (journal === null) return
    if (this.database !== this.streamDatabase) {
      this.streamDatabase = this.database
      this.#appendTo(journal, selections[this.database]!)
    }
    this.#appendTo(journal, args)
  }

  #appendTo(journal: Journal, args: CommandArguments): void {
    if (this.#isInUnit) this.#unit.add(args, journal)
    else journal.append(args)
  }

  #miss(args: CommandArguments, i: number): Address {
    if (this.#command?.propagation !== 'none') return 0
    this.keyspaceMisses++
    if (this.#reportsMisses) this.notify('m', 'keymiss', args, i)
    return 0
  }

  #isObserved(database: number): boolean {
    return this.#reportsNewKeys || this.watchedKeys.isWatching(database) || this.waitingClients.isWaitedFor(database)
  }

  #observerOf(database: number): KeyObserver {
    return (bytes, start, end, isNew) => {
      const key = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
      this.watchedKeys.touch(database, key)
      this.waitingClients.signal(database, key)
      if (isNew && this.#reportsNewKeys && this.onKeyspaceEvent !== null) {
        const args = this.#eventArguments
        args.reset(Buffer.from(key, 'latin1'))
        args.push(0, args.bytes.length)
        this.onKeyspaceEvent('n', 'new', database, args, 0)
      }
      // Nobody is left: the next change costs nothing again.
      if (!this.#isObserved(database)) this.observe(database)
    }
  }

  /** Carries out the commands that waited for keys that have been written, key by key, until nothing is ready. */
  #serveWaiting(): void {
    if (this.#isServing || this.#isInUnit) return
    this.#isServing = true
    const { waitingClients } = this
    try {
      while (waitingClients.hasReady) {
        for (const ready of waitingClients.takeReady()) {
          for (const waiting of waitingClients.waitingFor(ready)) {
            // An earlier one may have ended it.
            if (waitingClients.isStillWaiting(waiting)) this.#serve(waiting, ready.key)
          }
        }
      }
    } finally {
      this.#isServing = false
    }
  }

  #serve(waiting: WaitingCommand, key: string): void {
    const { command, args, database, client, type, first, last } = waiting
    const keySpace = this.#dataSet.keySpace(database)
    const address = keySpace.find(Buffer.from(key, 'latin1'), 0, key.length)
    if (address === 0 || keySpace.typeOf(address) !== type) return
    for (let i = first; i <= last; i++) {
      if (args.latin1(i) !== key) continue
      this.readyKey = i
      this.#stillWaits = false
      try {
        this.execute(command, args, client.reply, database)
      } finally {
        this.readyKey = 0
      }
      if (!this.#stillWaits) this.waitingClients.answered(waiting)
      return
    }
  }

  #deleteExpired(bytes: Buffer, start: number, end: number): void {
    // The key may lie in the arena, in the very record that goes: the journal takes its copy first.
    const deletion = this.#deletion
    const length = end - start
    const buffer = this.scratch(DELETE.length + length)
    DELETE.copy(buffer, 0)
    bytes.copy(buffer, DELETE.length, start, end)
    deletion.reset(buffer)
    deletion.push(0, DELETE.length)
    deletion.push(DELETE.length, DELETE.length + length)
    this.keySpace.delete(buffer, DELETE.length, DELETE.length + length)
    this.expiredKeys++
    this.#append(deletion)
    this.notify('x', 'expired', deletion, 1)
  }
}
