import type { Command } from '../commands/command.ts'
import { CommandArguments } from '../commands/command-arguments.ts'
import type { CommandContext, KeyspaceEventClass } from '../commands/command-context.ts'
import { hasExpired } from '../commands/expiry-time.ts'
import type { Reply } from '../commands/reply.ts'
import type { Journal } from '../journal/journal.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { DATABASES, type DataSet } from './data-set.ts'

/** Scratch space up to this is kept from command to command; more is made for the one that asks. */
const KEPT_SCRATCH_BYTES = 1024 * 1024
const DELETE = Buffer.from('DEL')
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
  /** Who listens for keyspace events, which are of the present `database`; the arguments hold until it returns. */
  onKeyspaceEvent: ((eventClass: KeyspaceEventClass, event: string, args: CommandArguments, i: number) => void) | null =
    null
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

  /** @param streamDatabase what the stream has selected where it goes on */
  constructor(dataSet: DataSet, streamDatabase: number) {
    this.#dataSet = dataSet
    this.streamDatabase = streamDatabase
    this.keySpace = dataSet.keySpace(0)
  }

  get dataSet(): DataSet {
    return this.#dataSet
  }

  /** Replaces the data as a whole. Between commands only. */
  set dataSet(dataSet: DataSet) {
    this.#dataSet = dataSet
    this.#select(this.database)
  }

  /** One command of a client in its database. Whether it may run at all has been decided by the caller. */
  execute(command: Command<CommandContext>, args: CommandArguments, reply: Reply, database: number): void {
    if (database !== this.database) this.#select(database)
    this.now = Date.now()
    this.#changesOfCommand = 0
    command.execute(this, args, reply)
    if (this.#changesOfCommand === 0) return
    this.changes += this.#changesOfCommand
    if (command.propagation === 'verbatim') this.propagateArguments(args)
  }

  /** One command of the replication stream, whose bytes are in the journal already. */
  apply(command: Command<CommandContext>, args: CommandArguments, reply: Reply): void {
    if (this.streamDatabase !== this.database) this.#select(this.streamDatabase)
    this.now = Date.now()
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
    if (address === 0) return 0
    const expiresAt = this.keySpace.expiresAt(address)
    if (this.isApplying || !hasExpired(expiresAt, this.now)) return address
    // A node that can't write the deletion down leaves the record hidden until it can.
    if (!this.isReadOnly && this.journal?.failure === null) this.#deleteExpired(args.bytes, start, end)
    return 0
  }

  changed(count = 1): void {
    this.#changesOfCommand += count
  }

  propagate(...parts: readonly (string | Uint8Array | number)[]): void {
    if (!this.isApplying) this.#append(CommandArguments.of(...parts))
  }

  propagateArguments(args: CommandArguments): void {
    if (!this.isApplying) this.#append(args)
  }

  notify(eventClass: KeyspaceEventClass, event: string, args: CommandArguments, i: number): void {
    this.onKeyspaceEvent?.(eventClass, event, args, i)
  }

  scratch(length: number): Buffer {
    return length <= KEPT_SCRATCH_BYTES ? this.#scratch : Buffer.allocUnsafeSlow(length)
  }

  clear(): void {
    this.keySpace.clear()
  }

  clearAll(): void {
    for (const [, keySpace] of this.#dataSet.databases()) keySpace.clear()
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
    this.#dataSet.swap(first, second)
    this.#select(this.database)
  }

  /**
   * Deletes what has expired, as the master does by its own clock, for at most `budget` ms.
   * @returns whether there is more to look at
   */
  sweepExpired(budget: number): boolean {
    this.now = Date.now()
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
    if (this.journal === null) return
    if (this.database !== this.streamDatabase) {
      this.streamDatabase = this.database
      this.journal.append(selections[this.database]!)
    }
    this.journal.append(args)
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
  }
}
