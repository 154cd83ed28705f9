import type { Command, CommandArguments } from '@repl/store'
import type { Client, ClientContext } from '../connection/client-context.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
}

/** The clients that are shown every command: MONITOR. */
export class Monitors {
  readonly #clients = new Set<Client>()

  get size(): number {
    return this.#clients.size
  }

  has(client: Client): boolean {
    return this.#clients.has(client)
  }

  add(client: Client): void {
    this.#clients.add(client)
  }

  remove(client: Client): void {
    this.#clients.delete(client)
  }

  /** Shows a command that has been carried out, but for administrative ones and those with a password. */
  feed({ client }: ClientContext, command: Command<ClientContext>, args: CommandArguments): void {
    if (this.#clients.size === 0 || command.flags.includes('admin') || command.name === 'auth') return
    const now = performance.timeOrigin + performance.now()
    const seconds = Math.floor(now / 1000)
    const microseconds = Math.floor((now % 1000) * 1000)
    const words = Array.from({ length: args.count }, (_, i) =>
      // HELLO may have a password among its options.
      command.name === 'hello' && i > 1 ? '"(redacted)"' : `"${escaped(args.latin1(i))}"`,
    )
    const time = `${seconds}.${String(microseconds).padStart(6, '0')}`
    const line = `${time} [${client.database} ${client.address}] ${words.join(' ')}`
    for (const each of this.#clients) each.deliver((reply) => reply.status(line))
  }
}

/** A word as Redis shows bytes: printable ASCII as it is, the rest escaped. */
export function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
  return text.replace(/[\\"\x00-\x1f\x7f-\xff]/g, (character) => {
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
