import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Command } from '../commands/command.ts'
import { CommandArguments } from '../commands/command-arguments.ts'
import type { CommandContext } from '../commands/command-context.ts'
import { storeCommands } from '../commands/command-table.ts'
import { ReplyError, type ReplyValue, ValueReply } from '../commands/value-reply.ts'
import { VALUE_TYPE_STRING } from '../keyspace/value-type.ts'
import { Store } from './store.ts'
import type { WaitingClient } from './waiting-clients.ts'

/** `take key [key …] timeout`: takes a string away, or waits for one. */
const take: Command<CommandContext> = {
  name: 'take',
  arity: -3,
  flags: ['write', 'blocking'],
  group: 'string',
  since: '0.1.0',
  summary: '',
  propagation: 'effect',
  execute(context, args, reply) {
    const last = args.count - 2
    for (let i = 1; i <= last; i++) {
      if (context.readyKey !== 0 && context.readyKey !== i) continue
      const address = context.lookup(args, i)
      if (address === 0 || context.keySpace.typeOf(address) !== VALUE_TYPE_STRING) continue
      const value = context.keySpace.readValue(address)
      context.keySpace.delete(args.bytes, args.starts[i]!, args.ends[i]!)
      context.changed()
      context.propagate('DEL', args.view(i))
      reply.array(2)
      reply.bulk(args.bytes, args.starts[i]!, args.ends[i]!)
      return reply.bulk(value, 0, value.length)
    }
    const isWaiting = context.waitForKeys(VALUE_TYPE_STRING, args, 1, last, Number(args.latin1(args.count - 1)))
    if (!isWaiting) reply.nilArray()
  },
}

class TestClient implements WaitingClient {
  readonly reply = new ValueReply()
  isWaiting = false
  answers: ReplyValue[] = []
  onWaiting(): void {
    this.isWaiting = true
  }
  onAnswered(): void {
    this.isWaiting = false
    this.answers.push(this.reply.take())
    this.reply.reset()
  }
}

let store: Store

beforeEach(async () => {
  store = await Store.open()
})
afterEach(() => store.close())

function send(client: TestClient | null, database: number, ...words: (string | number)[]): void {
  const command = words[0] === 'take' ? take : storeCommands.get(String(words[0]))!
  const reply = client?.reply ?? new ValueReply()
  store.execute(command, CommandArguments.of(...words), reply, database, client)
}

test('a client waits, and is served when its key is written', () => {
  const client = new TestClient()
  send(client, 0, 'take', 'a', 'b', 0)
  expect(client.isWaiting).toBe(true)
  send(null, 0, 'set', 'c', '1')
  send(null, 1, 'set', 'b', '1')
  expect(client.isWaiting).toBe(true)
  send(null, 0, 'set', 'b', '2')
  expect(client.answers.map(String)).toEqual(['b,2'])
  expect(store.call('DBSIZE')).toBe(1)
  expect(store.waitingClients.size).toBe(0)
  // Nobody waits any more: the next change costs a look, and those after it nothing.
  send(null, 0, 'set', 'b', '3')
  expect(store.dataSet.keySpace(0).observer).toBe(null)
})

test('those who wait for one key are served in the order in which they came', () => {
  const [first, second] = [new TestClient(), new TestClient()]
  send(first, 0, 'take', 'a', 0)
  send(second, 0, 'take', 'a', 0)
  send(null, 0, 'set', 'a', '1')
  expect([first.answers.length, second.answers.length]).toEqual([1, 0])
  send(null, 0, 'set', 'a', '2')
  expect(second.answers.map(String)).toEqual(['a,2'])
})

test('after a transaction the key that was written first is served first', () => {
  const client = new TestClient()
  send(client, 0, 'take', 'a', 'b', 0)
  store.inUnit(() => {
    send(null, 0, 'set', 'b', '1')
    expect(client.isWaiting).toBe(true)
    send(null, 0, 'set', 'a', '1')
  })
  expect(client.answers.map(String)).toEqual(['b,1'])
})

test('what is gone again, or of another type, serves nobody', () => {
  const client = new TestClient()
  send(client, 0, 'take', 'a', 0)
  store.inUnit(() => {
    send(null, 0, 'set', 'a', '1')
    send(null, 0, 'del', 'a')
  })
  send(null, 0, 'hset', 'a', 'b', 'c')
  expect(client.isWaiting).toBe(true)
  send(null, 0, 'set', 'a', '2')
  expect(client.answers.map(String)).toEqual(['a,2'])
})

test('nobody waits within a transaction', () => {
  const client = new TestClient()
  store.inUnit(() => send(client, 0, 'take', 'a', 0))
  expect(client.isWaiting).toBe(false)
  expect(client.reply.take()).toBe(null)
})

test('databases that change places bring what is waited for', () => {
  const client = new TestClient()
  send(null, 4, 'set', 'a', '4')
  send(client, 0, 'take', 'a', 0)
  const swap: Command<CommandContext> = { ...take, name: 'swap', execute: (context) => context.swapDatabases(0, 4) }
  store.execute(swap, CommandArguments.of('swap'), new ValueReply())
  expect(client.answers.map(String)).toEqual(['a,4'])
})

test('ends by time, by being released, and by a change of role', async () => {
  const clients = Array.from({ length: 4 }, () => new TestClient())
  send(clients[0]!, 0, 'take', 'a', 1)
  await expect.poll(() => clients[0]!.answers).toEqual([null])
  for (const client of clients.slice(1)) send(client, 0, 'take', 'a', 0)
  expect(store.waitingClients.release(clients[1]!, 'UNBLOCKED by the test')).toBe(true)
  expect(store.waitingClients.release(clients[1]!, null)).toBe(false)
  expect((clients[1]!.answers[0] as ReplyError).message).toBe('UNBLOCKED by the test')
  store.waitingClients.remove(clients[2]!)
  store.follow()
  expect(clients[2]!.answers).toEqual([])
  expect(clients[3]!.answers[0]).toBeInstanceOf(ReplyError)
  expect(store.waitingClients.size).toBe(0)
})
