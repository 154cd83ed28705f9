import {
  CommandArguments,
  CommandLookup,
  ReplyError,
  type ReplyValue,
  type Store,
  storeCommands,
  ValueReply,
} from '@repl/store'

const commands = new CommandLookup(storeCommands.values())

/** `Store.call` in any database. Words are bytes in latin1. @throws ReplyError */
export function callIn(store: Store, database: number, ...words: readonly (string | number)[]): ReplyValue {
  const args = CommandArguments.of(...words.map((word) => Buffer.from(String(word), 'latin1')))
  const command = commands.find(args)
  const refusal = commands.refusal(args, command)
  if (refusal !== null || command === undefined) throw new ReplyError(refusal ?? 'ERR unknown command')
  const reply = new ValueReply()
  store.execute(command, args, reply, database)
  const value = reply.take()
  if (value instanceof ReplyError) throw value
  return value
}
