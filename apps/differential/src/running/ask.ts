import { parseReply, type Reply } from '../comparing/reply.ts'
import type { CommandWords } from '../generating/step.ts'
import { PeerConnection } from './peer-connection.ts'

/** A server has answered with an error. */
export class RefusedError extends Error {
  readonly code = 'REFUSED'
  override readonly name = 'RefusedError'
}

/**
 * The text of the reply to one command on a connection of its own; '' for nil.
 * @throws RefusedError for an error reply or none
 */
export async function ask(port: number, ...words: CommandWords): Promise<string> {
  const [text] = await askAll(port, words)
  return text!
}

/** The same for many commands, sent at once. */
export async function askAll(port: number, ...commands: readonly CommandWords[]): Promise<string[]> {
  using connection = await PeerConnection.open(port)
  const replies = await connection.exchange(commands)
  return replies.map((text, i) => textOf(accepted(text, commands[i]!)))
}

/** The texts of the items of the reply to one command. */
export async function askItems(port: number, ...words: CommandWords): Promise<string[]> {
  using connection = await PeerConnection.open(port)
  const [text] = await connection.exchange([words])
  const reply = accepted(text!, words)
  return 'items' in reply ? reply.items.map(textOf) : []
}

function accepted(text: string, words: CommandWords): Reply {
  const reply = text.endsWith('\r\n') ? parseReply(text) : { mark: '-', text }
  if (reply.mark !== '-') return reply
  throw new RefusedError(`${words.join(' ').slice(0, 100)}: ${textOf(reply)}`)
}

function textOf(reply: Reply): string {
  return 'items' in reply ? '' : (reply.text ?? '')
}
