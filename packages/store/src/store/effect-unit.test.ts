import { cp, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CommandArguments } from '../commands/command-arguments.ts'
import { storeCommands } from '../commands/command-table.ts'
import { ValueReply } from '../commands/value-reply.ts'
import { encodedLength, encodeInto } from '../journal/command-stream.ts'
import { Store } from './store.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'repl-unit-'))
})
afterEach(() => rm(directory, { recursive: true }))

function send(store: Store, database: number, ...words: (string | number)[]) {
  const reply = new ValueReply()
  store.execute(storeCommands.get(String(words[0]))!, CommandArguments.of(...words), reply, database)
  return reply.take()
}

async function streamOf(store: Store): Promise<Buffer> {
  using reader = store.journal.reader(0, { includesUnwritten: true })
  const pieces: Buffer[] = []
  for (let piece = await reader.next(1 << 20); piece !== null; piece = await reader.next(1 << 20)) pieces.push(piece)
  return Buffer.concat(pieces)
}

function encoded(...words: (string | Uint8Array)[]): Buffer {
  const args = CommandArguments.of(...words)
  const bytes = Buffer.alloc(encodedLength(args))
  encodeInto(args, bytes, 0)
  return bytes
}

const KEYS = 50

/** Writes one unit over two databases, each key the same value. */
function writeUnit(store: Store, value: string): void {
  store.inUnit(() => {
    for (let i = 0; i < KEYS; i++) send(store, i % 2, 'set', `key-${i}`, value)
  })
}

function valuesOf(store: Store): Set<string> {
  return new Set(Array.from({ length: KEYS }, (_, i) => String(send(store, i % 2, 'get', `key-${i}`))))
}

test('is one command of the stream; a single write is as it always is', async () => {
  await using store = await Store.open()
  store.inUnit(() => send(store, 0, 'set', 'a', '1'))
  store.inUnit(() => undefined)
  store.inUnit(() => send(store, 0, 'get', 'a'))
  expect(await streamOf(store)).toEqual(encoded('set', 'a', '1'))
  store.inUnit(() => {
    send(store, 0, 'set', 'a', '2')
    send(store, 1, 'set', 'b', '3')
  })
  const unit = Buffer.concat([encoded('set', 'a', '2'), encoded('SELECT', '1'), encoded('set', 'b', '3')])
  expect(await streamOf(store)).toEqual(Buffer.concat([encoded('set', 'a', '1'), encoded('EXEC', unit)]))
})

test('a journal torn anywhere in a unit recovers all of it or nothing', async () => {
  const first = await Store.open({ dir: directory, appendfsync: 'always' })
  writeUnit(first, 'old')
  await first.whenDurable()
  const names = await readdir(directory, { recursive: true })
  const name = names.find((each) => each.endsWith('.log'))!
  const before = (await stat(join(directory, name))).size
  writeUnit(first, 'new')
  await first.close()
  const after = (await stat(join(directory, name))).size
  expect(after - before).toBeGreaterThan(500)
  for (let size = after; size > before; size -= 97) {
    const copy = await mkdtemp(join(tmpdir(), 'repl-unit-'))
    await cp(directory, copy, { recursive: true })
    await truncate(join(copy, name), size)
    const store = await Store.open({ dir: copy })
    expect(valuesOf(store)).toEqual(new Set([size === after ? 'new' : 'old']))
    await store.close()
    await rm(copy, { recursive: true })
  }
})

test('a slave shows all of a unit or nothing, however the stream is cut', async () => {
  await using master = await Store.open()
  await using slave = await Store.open({ dir: directory })
  slave.follow()
  for (const value of ['1', '2', '3']) writeUnit(master, value)
  const stream = await streamOf(master)
  for (let at = 0; at < stream.length; at += 13) {
    slave.applyStream(stream.subarray(at, at + 13))
    expect(valuesOf(slave).size).toBe(1)
  }
  expect(valuesOf(slave)).toEqual(new Set(['3']))
  expect(slave.offset).toBe(master.offset)
})

test('a unit that can not be applied is refused before its first command takes effect', async () => {
  await using slave = await Store.open()
  slave.follow()
  const good = encoded('SET', 'a', '1')
  for (const [rest, code] of [
    [encoded('NONSENSE'), 'STREAM_COMMAND_UNKNOWN'],
    [encoded('EXEC', good), 'STREAM_DAMAGED'],
    [good.subarray(0, 4), 'STREAM_DAMAGED'],
  ] as const) {
    const unit = encoded('EXEC', Buffer.concat([good, rest]))
    expect(() => slave.applyStream(unit)).toThrow(expect.objectContaining({ code }))
    expect(slave.call('DBSIZE')).toBe(0)
    expect(slave.offset).toBe(0)
  }
})

test('messages go through the stream and reach the listener of a slave', async () => {
  await using master = await Store.open()
  await using slave = await Store.open()
  slave.follow()
  const heard: string[] = []
  slave.messageListener = (args) => heard.push(`${args.latin1(0)} ${args.latin1(1)} ${args.latin1(2)}`)
  master.inUnit(() => {
    send(master, 0, 'set', 'a', '1')
    master.propagateMessage(CommandArguments.of('publish', 'news', 'hello'))
  })
  slave.propagateMessage(CommandArguments.of('publish', 'news', 'not from a slave'))
  slave.applyStream(await streamOf(master))
  expect(heard).toEqual(['publish news hello'])
  expect(slave.offset).toBe(master.offset)
})
