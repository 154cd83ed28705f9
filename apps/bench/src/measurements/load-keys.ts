import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'

/** Bytes of a value. */
export const VALUE_LENGTH = 100
const KEY_DIGITS = 12
const OK = '+OK\r\n'
const COMMANDS_PER_WRITE = 500
/** Commands that may be without an answer. */
const MAX_UNANSWERED = 20_000

/** The server answered a SET with something other than OK. */
export class LoadError extends Error {
  readonly code = 'LOAD'
  override readonly name = 'LoadError'
}

/** The name of a key, 16 bytes, as redis-benchmark's are. */
export function keyName(number: number): string {
  return `key:${String(number).padStart(KEY_DIGITS, '0')}`
}

/** Values that no compression makes shorter: 100-byte pieces of random text. */
export class Values {
  readonly #text = randomBytes(3 << 18).toString('base64')

  /** The value of a key. */
  of(number: number): string {
    const start = (number * 7919) % (this.#text.length - VALUE_LENGTH)
    return this.#text.slice(start, start + VALUE_LENGTH)
  }
}

/**
 * Sets keys 0 to `count` - 1 over a socket of its own, pipelined; faster than a client library, so that the bench does
 * not wait for itself.
 * @throws LoadError, and errors of the socket
 */
export async function loadKeys(port: number, count: number, values: Values, signal: AbortSignal): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', signal })
  const ended = new Promise<never>((_, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new LoadError('the server closed the connection')))
  })
  // It is raced against whatever is awaited; at the end nothing is.
  ended.catch(() => {})
  const next = (event: 'connect' | 'data' | 'drain') => Promise.race([once(socket, event), ended])
  let answeredBytes = 0
  socket.on('data', (answers) => {
    answeredBytes += answers.length
    // A minus sign is in no OK, and in every error.
    if (answers.includes('-')) socket.destroy(new LoadError(`SET was answered: ${answers.toString('latin1', 0, 200)}`))
  })
  const answered = async (number: number) => {
    while (answeredBytes < number * OK.length) await next('data')
  }
  await next('connect')
  for (let sent = 0; sent < count; ) {
    const end = Math.min(sent + COMMANDS_PER_WRITE, count)
    let commands = ''
    for (let number = sent; number < end; number++) {
      commands += `*3\r\n$3\r\nSET\r\n$16\r\n${keyName(number)}\r\n$${VALUE_LENGTH}\r\n${values.of(number)}\r\n`
    }
    sent = end
    if (!socket.write(commands, 'latin1')) await next('drain')
    await answered(sent - MAX_UNANSWERED)
  }
  await answered(count)
  socket.destroy()
}
