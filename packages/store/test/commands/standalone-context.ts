import { openValueAt } from '../../src/collections/value-reader.ts'
import type { Command } from '../../src/commands/command.ts'
import { CommandArguments } from '../../src/commands/command-arguments.ts'
import type { CommandContext, KeyspaceEventClass } from '../../src/commands/command-context.ts'
import { CommandLookup } from '../../src/commands/command-lookup.ts'
import { storeCommands } from '../../src/commands/command-table.ts'
import { hasExpired } from '../../src/commands/expiry-time.ts'
import type { Reply } from '../../src/commands/reply.ts'
import { type ReplyValue, ValueReply } from '../../src/commands/value-reply.ts'
import type { Address, KeySpace } from '../../src/keyspace/key-space.ts'
import { VALUE_TYPE_LIST, VALUE_TYPE_STRING } from '../../src/keyspace/value-type.ts'
import { DATABASES, DataSet } from '../../src/store/data-set.ts'

const lookup = new CommandLookup(storeCommands.values())

/** A record as a test compares it. */
export interface PlainRecord {
  readonly type: number
  /** latin1 */
  readonly value: string
  readonly expiresAt: number
}

/** A context with a clock that stands still and a record of what was propagated: the store without its files. */
export class StandaloneContext implements CommandContext {
  readonly dataSet = new DataSet()
  keySpace: KeySpace = this.dataSet.keySpace(0)
  /** The one that commands work in; `SELECT` and `execute` change it. */
  database = 0
  /** The one that the effects have selected. */
  #effectDatabase = 0
  now: number
  isApplying: boolean
  /** Whether this is a slave: it hides what has expired and deletes nothing of its own. */
  isSlave = false
  /** The effects so far, ready to be applied elsewhere. */
  readonly effects: CommandArguments[] = []
  /** Keyspace events so far: class, event and key. */
  readonly events: string[] = []
  /** The same with the database: class, database, event and key. */
  readonly databaseEvents: string[] = []
  /** How many changes commands have reported. */
  changes = 0
  readonly #valueReply = new ValueReply()
  #scratch = Buffer.alloc(0)

  constructor(now: number, isApplying = false) {
    this.now = now
    this.isApplying = isApplying
  }

  readonly readyKey = 0

  /** Nobody waits here. */
  waitForKeys(): boolean {
    return false
  }

  lookup(args: CommandArguments, i: number): Address {
    const start = args.starts[i]!
    const end = args.ends[i]!
    const address = this.keySpace.find(args.bytes, start, end)
    if (address === 0 || this.isApplying || !hasExpired(this.keySpace.expiresAt(address), this.now)) return address
    if (this.isSlave) return 0
    this.keySpace.delete(args.bytes, start, end)
    this.notify('x', 'expired', args, i)
    this.propagate('DEL', args.view(i))
    return 0
  }

  changed(count = 1): void {
    this.changes += count
  }

  propagate(...parts: readonly (string | Uint8Array | number)[]): void {
    if (!this.isApplying) this.#addEffect(CommandArguments.of(...parts))
  }

  propagateArguments(args: CommandArguments): void {
    if (!this.isApplying) this.#addEffect(copyArguments(args))
  }

  notify(eventClass: KeyspaceEventClass, event: string, args: CommandArguments, i: number): void {
    this.events.push(`${eventClass} ${event} ${args.latin1(i)}`)
    this.databaseEvents.push(`${eventClass} ${this.database} ${event} ${args.latin1(i)}`)
  }

  scratch(length: number): Buffer {
    if (this.#scratch.length < length) this.#scratch = Buffer.alloc(length)
    // What a command doesn't write itself must never come to light.
    return this.#scratch.fill(0xee)
  }

  clear(): void {
    this.keySpace.clear()
  }

  clearAll(): void {
    for (const [, keySpace] of this.dataSet.databases()) keySpace.clear()
  }

  hasDatabase(database: number): boolean {
    return database >= 0 && database < DATABASES
  }

  inDatabase<T>(database: number, action: () => T): T {
    const selected = this.database
    this.select(database)
    try {
      return action()
    } finally {
      this.select(selected)
    }
  }

  swapDatabases(first: number, second: number): void {
    this.dataSet.swap(first, second)
    this.select(this.database)
  }

  select(database: number): void {
    this.database = database
    this.keySpace = this.dataSet.keySpace(database)
  }

  #addEffect(effect: CommandArguments): void {
    if (this.database !== this.#effectDatabase) this.effects.push(CommandArguments.of('SELECT', this.database))
    this.#effectDatabase = this.database
    this.effects.push(effect)
  }

  /** Carries out a command as a store would: refusal, execution, propagation. */
  execute(args: CommandArguments, reply: Reply): void {
    if (args.count === 2 && args.latin1(0).toLowerCase() === 'select') {
      this.select(Number(args.latin1(1)))
      reply.status('OK')
      return
    }
    const command: Command<CommandContext> | undefined = lookup.find(args)
    const refusal = lookup.refusal(args, command)
    if (command === undefined || refusal !== null) {
      reply.error(refusal ?? 'ERR no command')
      return
    }
    const changesBefore = this.changes
    const effectsBefore = this.effects.length
    command.execute(this, args, reply)
    const hasChanged = this.changes > changesBefore
    if (command.propagation === 'none' && hasChanged) throw new Error(`${command.name} changed something`)
    if (command.propagation !== 'verbatim') return
    if (this.effects.slice(effectsBefore).some((effect) => !['DEL', 'SELECT'].includes(effect.latin1(0)))) {
      throw new Error(`${command.name} is verbatim and propagated an effect of its own`)
    }
    if (hasChanged) this.propagateArguments(args)
  }

  /** The same for one call, with the reply as a value. */
  call(...parts: readonly (string | Uint8Array | number)[]): ReplyValue {
    this.execute(CommandArguments.of(...parts), this.#valueReply)
    return this.#valueReply.take()
  }

  /** The effects as text, and forgets them. */
  takeEffects(): string[] {
    return this.effects.splice(0).map((effect) => {
      return Array.from({ length: effect.count }, (_, i) => effect.latin1(i)).join(' ')
    })
  }

  /** Everything there is, by key (latin1), behind the number of its database where that is not 0. */
  records(): Map<string, PlainRecord> {
    const records = new Map<string, PlainRecord>()
    for (const [database, keySpace] of this.dataSet.databases()) {
      this.#addRecords(keySpace, database === 0 ? '' : `${database}/`, records)
    }
    return records
  }

  #addRecords(keySpace: KeySpace, prefix: string, records: Map<string, PlainRecord>): void {
    let cursor = 0
    do {
      cursor = keySpace.scan(cursor, 100, (address) => {
        records.set(prefix + keySpace.readKey(address).toString('latin1'), {
          type: keySpace.typeOf(address),
          value: plainValue(keySpace, address),
          expiresAt: keySpace.expiresAt(address),
        })
      })
    } while (cursor !== 0)
  }
}

/** A value as text, the same for the same content in whatever encoding. */
function plainValue(keySpace: KeySpace, address: Address): string {
  const type = keySpace.typeOf(address)
  if (type === VALUE_TYPE_STRING) return keySpace.readValue(address).toString('latin1')
  const elements: string[] = []
  const cursor = openValueAt(keySpace, address)
  while (cursor.next()) {
    const element = cursor.bytes.toString('latin1', cursor.start, cursor.end)
    elements.push(
      JSON.stringify([
        element,
        cursor.valueBytes.toString('latin1', cursor.valueStart, cursor.valueEnd),
        String(cursor.score),
      ]),
    )
  }
  if (elements.length !== cursor.size) throw new Error(`${cursor.size} elements were announced`)
  if (type !== VALUE_TYPE_LIST) elements.sort()
  return elements.join()
}

/** Arguments that stay as they are when their owner goes on. */
export function copyArguments(args: CommandArguments): CommandArguments {
  return CommandArguments.of(...Array.from({ length: args.count }, (_, i) => args.copy(i)))
}
