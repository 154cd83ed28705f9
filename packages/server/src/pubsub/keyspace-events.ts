import type { CommandArguments, KeyspaceEventClass } from '@repl/store'
import type { Channels } from './channels.ts'

/** The classes that `A` stands for: all but misses and new keys. `t` (streams) and `d` (modules) never happen here. */
const ALL = 'g$lshzxetd'
const KNOWN = `${ALL}nmKEA`

/** The letters of `notify-keyspace-events` in Redis's own order, `A` for all of its classes; null for other letters. */
export function normalizeEventFlags(text: string): string | null {
  if (![...text].every((letter) => KNOWN.includes(letter))) return null
  const given = new Set(text.includes('A') ? text + ALL : text)
  const classes = [...ALL].filter((letter) => given.has(letter))
  const isAll = classes.length === ALL.length
  const others = ['K', 'E', 'm'].filter((letter) => given.has(letter))
  const isNew = given.has('n') ? ['n'] : []
  return isAll ? ['A', ...others, ...isNew].join('') : [...classes, ...isNew, ...others].join('')
}

/** Publishes what happens to keys, as far as `notify-keyspace-events` asks for it. Only to this node's own clients. */
export class KeyspaceEvents {
  readonly #channels: Channels
  #classes = new Set<string>()
  #ofKeys = false
  #ofEvents = false

  constructor(channels: Channels) {
    this.#channels = channels
  }

  /** Whether anything is asked for. */
  get isActive(): boolean {
    return (this.#ofKeys || this.#ofEvents) && this.#classes.size > 0
  }

  wants(eventClass: KeyspaceEventClass): boolean {
    return this.isActive && this.#classes.has(eventClass)
  }

  /** @param flags as `normalizeEventFlags` gives them */
  set flags(flags: string) {
    this.#classes = new Set(flags.includes('A') ? flags + ALL : flags)
    this.#ofKeys = flags.includes('K')
    this.#ofEvents = flags.includes('E')
    for (const letter of 'KEA') this.#classes.delete(letter)
  }

  /** An event has happened to the key in argument i. */
  readonly publish = (
    eventClass: KeyspaceEventClass,
    event: string,
    database: number,
    args: CommandArguments,
    i: number,
  ): void => {
    if (!this.#classes.has(eventClass)) return
    const key = args.copy(i)
    if (this.#ofKeys) {
      const channel = Buffer.concat([Buffer.from(`__keyspace@${database}__:`), key])
      this.#channels.publish(channel, Buffer.from(event))
    }
    if (this.#ofEvents) this.#channels.publish(Buffer.from(`__keyevent@${database}__:${event}`), key)
  }
}
