import type { Command } from '../commands/command.ts'
import { CommandArguments } from '../commands/command-arguments.ts'
import { CommandLookup } from '../commands/command-lookup.ts'
import { storeCommands } from '../commands/command-table.ts'
import { parseInt64 } from '../commands/integer-text.ts'
import type { Reply } from '../commands/reply.ts'
import { decodeCommand } from '../journal/command-stream.ts'
import type { JournalReader } from '../journal/journal-reader.ts'
import { UNIT_COMMAND } from './effect-unit.ts'
import type { Executor } from './executor.ts'
import { StoreError } from './store-error.ts'

/** Selects the database that the commands after it are of. Clients select theirs by the server's command. */
const select: Command<Executor> = {
  name: 'select',
  arity: 2,
  flags: ['write'],
  group: 'connection',
  since: '1.0.0',
  summary: 'Change the selected database of the stream',
  propagation: 'verbatim',
  execute(executor, args) {
    const database = parseInt64(args.bytes, args.starts[1]!, args.ends[1]!)
    if (args.count !== 2 || database === null || !executor.hasDatabase(Number(database))) {
      throw new StoreError('STREAM_DAMAGED', 'the replication stream selects a database that is none')
    }
    executor.streamDatabase = Number(database)
  },
}

/** A message for subscribers. Those of a node that applies its own journal are long gone, and nobody listens. */
function message(name: string, since: string): Command<Executor> {
  return {
    name,
    arity: 3,
    flags: ['pubsub'],
    group: 'pubsub',
    since,
    summary: 'Post a message to a channel',
    propagation: 'verbatim',
    execute: (executor, args) => executor.onMessage?.(args),
  }
}

const messages = [message('publish', '2.0.0'), message('spublish', '7.0.0')]

/** The commands of a transaction, in one: see EffectUnit. */
const unit: Command<Executor> = {
  name: UNIT_COMMAND.toLowerCase(),
  arity: 2,
  flags: ['write'],
  group: 'transactions',
  since: '1.2.0',
  summary: 'Carry out the commands in the argument as one',
  propagation: 'verbatim',
  execute: () => {
    throw new StoreError('STREAM_DAMAGED', 'the replication stream has a transaction within a transaction')
  },
}

const lookup = new CommandLookup<Executor>([...storeCommands.values(), select, ...messages, unit])

/** How much of the journal is read at once for replay, in bytes. */
const REPLAY_READ_BYTES = 1024 * 1024

/** How long one slice of a replay may hold the event loop, in ms. */
const REPLAY_SLICE = 2

/** Commands between two looks at the clock. */
const COMMANDS_PER_CLOCK_CHECK = 64

/** Applies encoded commands of the replication stream to an executor's data. */
export class StreamApplier {
  readonly #executor: Executor
  readonly #args = new CommandArguments()
  readonly #unitArgs = new CommandArguments()

  /** Where the last call of `apply` stopped, also where it threw: behind the last command that took effect. */
  position = 0

  constructor(executor: Executor) {
    this.#executor = executor
  }

  /**
   * Applies the whole commands in bytes[start, end), at most until `deadline` (a value of `performance.now()`).
   * @returns where it stopped: behind the last command applied
   * @throws StoreError STREAM_COMMAND_UNKNOWN, STREAM_DAMAGED: the copy can't go on from here
   */
  apply(bytes: Buffer, start: number, end: number, deadline = Number.POSITIVE_INFINITY): number {
    const args = this.#args
    this.position = start
    let untilClockCheck = COMMANDS_PER_CLOCK_CHECK
    while (this.position < end) {
      const next = decodeCommand(bytes, this.position, end, args)
      if (next < 0) break
      const command = commandOf(args)
      if (command === unit) this.#applyUnit(args)
      else this.#applyCommand(command, args)
      this.position = next
      if (--untilClockCheck === 0) {
        untilClockCheck = COMMANDS_PER_CLOCK_CHECK
        if (performance.now() >= deadline) break
      }
    }
    return this.position
  }

  #applyCommand(command: Command<Executor>, args: CommandArguments): void {
    // These work on the executor itself, and not on the data.
    if (command === select || messages.includes(command)) command.execute(this.#executor, args, errorsThrow)
    else this.#executor.apply(command, args, errorsThrow)
  }

  /** All of a transaction, in one go, so that nobody reads a half of it. */
  #applyUnit({ bytes, starts, ends, count }: CommandArguments): void {
    const start = starts[1]!
    const end = ends[1]!
    if (count !== 2 || start === end) throw new StoreError('STREAM_DAMAGED', 'the stream has a transaction of nothing')
    const args = this.#unitArgs
    // Looked through first: a command that can't be applied is better found before half of them have been.
    for (let position = start; position < end; ) {
      position = decodeCommand(bytes, position, end, args)
      if (position < 0) throw new StoreError('STREAM_DAMAGED', 'the stream has a transaction that ends in a command')
      if (commandOf(args) === unit) unit.execute(this.#executor, args, errorsThrow)
    }
    for (let position = start; position < end; ) {
      position = decodeCommand(bytes, position, end, args)
      this.#applyCommand(commandOf(args), args)
    }
  }

  /**
   * Applies what a reader has, from its offset to where it has no more, a slice at a time.
   * @returns how many bytes it applied
   */
  async replay(reader: JournalReader, signal?: AbortSignal): Promise<number> {
    let applied = 0
    let rest: Buffer | null = null
    for (;;) {
      signal?.throwIfAborted()
      const chunk: Buffer | null = await reader.next(REPLAY_READ_BYTES)
      if (chunk === null) break
      const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk])
      let position = 0
      for (;;) {
        const stopped = this.apply(bytes, position, bytes.length, performance.now() + REPLAY_SLICE)
        await new Promise(setImmediate)
        signal?.throwIfAborted()
        if (stopped === position || stopped === bytes.length) {
          position = stopped
          break
        }
        position = stopped
      }
      applied += position
      rest = position === bytes.length ? null : bytes.subarray(position)
    }
    if (rest !== null) {
      throw new StoreError('STREAM_DAMAGED', `the journal ends within a command, ${rest.length} bytes before its end`)
    }
    return applied
  }
}

/** @throws StoreError STREAM_COMMAND_UNKNOWN */
function commandOf(args: CommandArguments): Command<Executor> {
  const command = lookup.find(args)
  if (command !== undefined && command.propagation !== 'none') return command
  throw new StoreError(
    'STREAM_COMMAND_UNKNOWN',
    `the replication stream has a command that this version can't apply: '${args.latin1(0).slice(0, 64)}'`,
  )
}

function nothing(): void {}

/** The effect of a write succeeds on every copy; where it does not, this copy is no copy any more. */
const errorsThrow: Reply = {
  error(text) {
    throw new StoreError('STREAM_DAMAGED', `a command of the replication stream failed: ${text}`)
  },
  status: nothing,
  integer: nothing,
  bulk: nothing,
  text: nothing,
  nil: nothing,
  nilArray: nothing,
  double: nothing,
  boolean: nothing,
  bigNumber: nothing,
  verbatim: nothing,
  array: nothing,
  set: nothing,
  map: nothing,
  pairs: nothing,
  pair: nothing,
  push: nothing,
}
