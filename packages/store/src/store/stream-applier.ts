import type { Command } from '../commands/command.ts'
import { CommandArguments } from '../commands/command-arguments.ts'
import { CommandLookup } from '../commands/command-lookup.ts'
import { storeCommands } from '../commands/command-table.ts'
import { parseInt64 } from '../commands/integer-text.ts'
import type { Reply } from '../commands/reply.ts'
import { decodeCommand } from '../journal/command-stream.ts'
import type { JournalReader } from '../journal/journal-reader.ts'
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

const commands = new CommandLookup<Executor>([...storeCommands.values(), select])

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
      const command = commands.find(args)
      if (command === undefined || command.propagation === 'none') {
        throw new StoreError(
          'STREAM_COMMAND_UNKNOWN',
          `the replication stream has a command that this version can't apply: '${args.latin1(0).slice(0, 64)}'`,
        )
      }
      if (command === select) select.execute(this.#executor, args, errorsThrow)
      else this.#executor.apply(command, args, errorsThrow)
      this.position = next
      if (--untilClockCheck === 0) {
        untilClockCheck = COMMANDS_PER_CLOCK_CHECK
        if (performance.now() >= deadline) break
      }
    }
    return this.position
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
