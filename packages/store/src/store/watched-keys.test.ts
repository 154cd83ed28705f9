import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Command } from '../commands/command.ts'
import { CommandArguments } from '../commands/command-arguments.ts'
import type { CommandContext } from '../commands/command-context.ts'
import { storeCommands } from '../commands/command-table.ts'
import { ValueReply } from '../commands/value-reply.ts'
import { Store } from './store.ts'
import { Watch } from './watched-keys.ts'

let store: Store
let watch: Watch

beforeEach(async () => {
  store = await Store.open()
  watch = new Watch()
})
afterEach(() => store.close())

const swap: Command<CommandContext> = {
  ...storeCommands.get('flushall')!,
  name: 'swap',
  execute(context, args) {
    context.swapDatabases(Number(args.latin1(1)), Number(args.latin1(2)))
  },
}

function send(database: number, ...words: (string | number)[]): void {
  const command = words[0] === 'swap' ? swap : storeCommands.get(String(words[0]))!
  store.execute(command, CommandArguments.of(...words), new ValueReply(), database)
}

function watchKey(key: string, database = 0): void {
  store.watch(watch, database, Buffer.from(key))
}

test('a watch is not broken by what changes nothing', () => {
  for (let i = 0; i < 1000; i++) send(0, 'zadd', 'large', i, `m${i}`)
  watchKey('large')
  send(0, 'zadd', 'large', '7', 'm7')
  send(0, 'zadd', 'large', 'nx', '8', 'm7')
  send(0, 'zadd', 'large', 'incr', '0', 'm7')
  send(0, 'swap', '0', '0')
  expect(store.isWatchBroken(watch)).toBe(false)
  send(0, 'zadd', 'large', '7', 'm7', '8', 'm7')
  expect(store.isWatchBroken(watch)).toBe(true)
})

describe('a watch is broken by', () => {
  const changes: [string, (string | number)[]][] = [
    ['a write', ['set', 'a', '1']],
    ['a write into a compact value', ['hset', 'h', 'f', '2']],
    ['a write into a large value', ['hset', 'large', 'f7', 'new']],
    ['a write that changes nothing', ['ltrim', 'l', '0', '-1']],
    ['an expiry', ['pexpire', 'a', '100000']],
    ['a deletion', ['del', 'a']],
    ['being renamed', ['rename', 'a', 'c']],
    ['another taking its place', ['rename', 'other', 'a']],
    ['FLUSHDB', ['flushdb']],
    ['FLUSHALL', ['flushall']],
    ['SWAPDB', ['swap', '0', '1']],
  ]
  test.each(changes)('%s', (_name, words) => {
    send(0, 'set', 'a', '1')
    send(0, 'set', 'other', '1')
    send(0, 'hset', 'h', 'f', '1')
    send(0, 'rpush', 'l', '1')
    for (let i = 0; i < 1000; i++) send(0, 'hset', 'large', `f${i}`, 'value')
    for (const key of ['a', 'h', 'l', 'large']) watchKey(key)
    expect(store.isWatchBroken(watch)).toBe(false)
    send(0, ...words)
    expect(store.isWatchBroken(watch)).toBe(true)
    send(0, 'set', 'b', '1')
    expect(store.dataSet.keySpace(0).observer).toBe(null)
  })
})

test('is not broken by reads, other keys, other databases, or what changes nothing', () => {
  send(0, 'set', 'a', '1')
  watchKey('a')
  watchKey('nothing')
  watchKey('a', 3)
  for (const words of [
    ['get', 'a'],
    ['set', 'b', '1'],
    ['del', 'nothing'],
    ['swap', 4, 5],
  ])
    send(0, ...words)
  send(3, 'flushdb')
  send(1, 'set', 'a', '1')
  expect(store.isWatchBroken(watch)).toBe(false)
  store.unwatch(watch)
  send(0, 'set', 'a', '2')
  expect(store.isWatchBroken(watch)).toBe(false)
})

test('is broken by the time of a key that runs out', async () => {
  send(0, 'set', 'a', '1', 'px', 1)
  watchKey('a')
  await expect.poll(() => store.isWatchBroken(watch)).toBe(true)
})

test('is not broken by the deletion of what had expired when it was watched', async () => {
  store.isExpiryHeld = true
  send(0, 'set', 'a', '1', 'px', 1)
  await expect.poll(() => store.call('EXISTS', 'a')).toBe(0)
  watchKey('a')
  expect(store.isWatchBroken(watch)).toBe(false)
  store.isExpiryHeld = false
  send(0, 'get', 'a')
  expect(store.dataSet.keySpace(0).size).toBe(0)
  expect(store.isWatchBroken(watch)).toBe(false)
  send(0, 'set', 'a', '1')
  expect(store.isWatchBroken(watch)).toBe(true)
})

test('is broken by what a master sends', async () => {
  await using master = await Store.open()
  master.set('a', '1')
  await master.whenDurable()
  using reader = master.journal.reader(0)
  watchKey('a')
  store.follow()
  store.applyStream((await reader.next(1000))!)
  expect(store.isWatchBroken(watch)).toBe(true)
})
