import type { Command } from '../commands/command.ts'
import type { CommandArguments } from '../commands/command-arguments.ts'
import type { CommandContext } from '../commands/command-context.ts'
import type { Reply } from '../commands/reply.ts'
import { DATABASES } from './data-set.ts'

/** Node's timers know no longer time, in ms; a longer wait has several. */
const LONGEST_TIMER = 2_147_483_647

/** A client whose command may wait for keys. */
export interface WaitingClient {
  /** Where the answer goes, when there is one. */
  readonly reply: Reply
  /** The command waits: nothing else of this client is to be carried out before `onAnswered`. */
  onWaiting(): void
  /** The command that waited has been answered. May be called while another client's command is carried out. */
  onAnswered(): void
}

/** A command that waits, with its own copy of what was asked. */
export interface WaitingCommand {
  readonly client: WaitingClient
  readonly command: Command<CommandContext>
  readonly args: CommandArguments
  readonly database: number
  /** The type of value that it waits for. */
  readonly type: number
  /** The arguments that are keys. */
  readonly first: number
  readonly last: number
  /** Unix time in ms; 0 for ever. */
  readonly deadline: number
  timer: NodeJS.Timeout | null
}

/** A key that may have something for those who wait for it. */
export interface ReadyKey {
  readonly database: number
  readonly key: string
}

/** The clients that wait for keys: for each key in the order in which they came. */
export class WaitingClients {
  readonly #byClient = new Map<WaitingClient, WaitingCommand>()
  readonly #byDatabase: Map<string, Set<WaitingCommand>>[] = Array.from({ length: DATABASES }, () => new Map())
  #ready: ReadyKey[] = []
  readonly #isReady = new Set<string>()

  get size(): number {
    return this.#byClient.size
  }

  isWaitedFor(database: number): boolean {
    return this.#byDatabase[database]!.size > 0
  }

  has(client: WaitingClient): boolean {
    return this.#byClient.has(client)
  }

  get hasReady(): boolean {
    return this.#ready.length > 0
  }

  /** Has a command wait, from now on. */
  add(waiting: WaitingCommand): void {
    const keys = this.#byDatabase[waiting.database]!
    this.#byClient.set(waiting.client, waiting)
    for (let i = waiting.first; i <= waiting.last; i++) {
      const key = waiting.args.latin1(i)
      const line = keys.get(key)
      if (line === undefined) keys.set(key, new Set([waiting]))
      else line.add(waiting)
    }
    this.#startTimer(waiting)
    waiting.client.onWaiting()
  }

  /** A key has been written: whoever waits for it is to be looked after when the present command has ended. */
  signal(database: number, key: string): void {
    if (!this.#byDatabase[database]!.has(key)) return
    const name = `${database} ${key}`
    if (this.#isReady.has(name)) return
    this.#isReady.add(name)
    this.#ready.push({ database, key })
  }

  /** The same for all keys of a database that somebody waits for: another data set is there now. */
  signalAll(database: number): void {
    for (const key of this.#byDatabase[database]!.keys()) this.signal(database, key)
  }

  /** The keys that were signalled, in that order, and forgets them. */
  takeReady(): readonly ReadyKey[] {
    const ready = this.#ready
    this.#ready = []
    this.#isReady.clear()
    return ready
  }

  /** Who waits for a key, first come first. */
  waitingFor({ database, key }: ReadyKey): readonly WaitingCommand[] {
    return [...(this.#byDatabase[database]!.get(key) ?? [])]
  }

  isStillWaiting(waiting: WaitingCommand): boolean {
    return this.#byClient.get(waiting.client) === waiting
  }

  /** The command has been answered. */
  answered(waiting: WaitingCommand): void {
    this.remove(waiting.client)
    waiting.client.onAnswered()
  }

  /** Answers a waiting client as if its time had run out, or with an error; whether it waited. */
  release(client: WaitingClient, error: string | null): boolean {
    const waiting = this.#byClient.get(client)
    if (waiting === undefined) return false
    if (error === null) client.reply.nilArray()
    else client.reply.error(error)
    this.answered(waiting)
    return true
  }

  /** Answers all with an error. */
  releaseAll(error: string): void {
    for (const client of [...this.#byClient.keys()]) this.release(client, error)
  }

  /** Forgets a client that is gone. */
  remove(client: WaitingClient): void {
    const waiting = this.#byClient.get(client)
    if (waiting === undefined) return
    this.#byClient.delete(client)
    if (waiting.timer !== null) clearTimeout(waiting.timer)
    const keys = this.#byDatabase[waiting.database]!
    for (let i = waiting.first; i <= waiting.last; i++) {
      const key = waiting.args.latin1(i)
      const line = keys.get(key)
      if (line?.delete(waiting) && line.size === 0) keys.delete(key)
    }
  }

  #startTimer(waiting: WaitingCommand): void {
    if (waiting.deadline === 0) return
    const left = Math.max(0, waiting.deadline - Date.now())
    waiting.timer = setTimeout(
      () => {
        if (Date.now() < waiting.deadline) this.#startTimer(waiting)
        else this.release(waiting.client, null)
      },
      Math.min(left, LONGEST_TIMER),
    )
  }
}
