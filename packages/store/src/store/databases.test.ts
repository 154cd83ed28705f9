import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CommandArguments } from '../commands/command-arguments.ts'
import { storeCommands } from '../commands/command-table.ts'
import { ValueReply } from '../commands/value-reply.ts'
import { digestSnapshot } from '../digest/snapshot-digest.ts'
import { Store } from './store.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'repl-databases-'))
})
afterEach(() => rm(directory, { recursive: true }))

function call(store: Store, database: number, ...words: readonly (string | number)[]) {
  const reply = new ValueReply()
  store.execute(storeCommands.get(String(words[0]))!, CommandArguments.of(...words), reply, database)
  return reply.take()
}

async function digests(store: Store): Promise<string[]> {
  const found: string[] = []
  for (const snapshot of store.dataSet.openSnapshots()) {
    found.push(String(await digestSnapshot(snapshot)))
    snapshot.close()
  }
  // Databases that were only looked at are empty, and stay so.
  while (/^0*$/.test(found.at(-1) ?? 'end')) found.pop()
  return found
}

function writeAll(store: Store, round: string) {
  for (const database of [3, 0, 15, 3, 3, 7]) call(store, database, 'append', `key-${database}`, round)
}

test('recovers every database from the journal', async () => {
  const first = await Store.open({ dir: directory })
  writeAll(first, 'a')
  const expected = await digests(first)
  await first.close()
  await using second = await Store.open({ dir: directory })
  expect(await digests(second)).toEqual(expected)
  expect(String(call(second, 3, 'get', 'key-3'))).toBe('aaa')
  expect(call(second, 0, 'get', 'key-3')).toBe(null)
})

test('goes on in the database that the stream had selected at the offset of a snapshot', async () => {
  const first = await Store.open({ dir: directory })
  writeAll(first, 'a')
  await first.persistSnapshot()
  // No SELECT comes before this one in the stream.
  const before = first.offset
  call(first, 7, 'append', 'key-7', 'b')
  expect(first.offset - before).toBeLessThan(30)
  call(first, 0, 'append', 'key-0', 'b')
  const expected = await digests(first)
  await first.close()

  const second = await Store.open({ dir: directory })
  expect(await digests(second)).toEqual(expected)
  call(second, 0, 'append', 'key-0', 'c')
  call(second, 4, 'append', 'key-0', 'c')
  const expectedNext = await digests(second)
  await second.close()
  await using third = await Store.open({ dir: directory })
  expect(await digests(third)).toEqual(expectedNext)
})

test('a slave applies the stream to the right databases, however it is cut, and goes on so as a master', async () => {
  await using master = await Store.open()
  await using slave = await Store.open({ dir: directory })
  slave.follow()
  using reader = master.journal.reader(0, { includesUnwritten: true })
  const hand = async () => {
    for (let chunk = await reader.next(1 << 20); chunk !== null; chunk = await reader.next(1 << 20)) {
      for (let at = 0; at < chunk.length; at += 7) slave.applyStream(chunk.subarray(at, at + 7))
    }
  }
  writeAll(master, 'a')
  await hand()
  expect(await digests(slave)).toEqual(await digests(master))
  // A slave's own snapshot, in the middle of what the master writes to one database.
  await slave.persistSnapshot()
  call(master, 7, 'append', 'key-7', 'b')
  call(master, 2, 'set', 'key-2', 'b')
  await hand()
  expect(await digests(slave)).toEqual(await digests(master))
  await slave.promote()
  call(slave, 2, 'append', 'key-2', 'c')
  call(slave, 0, 'append', 'key-2', 'c')
  const expected = await digests(slave)
  await slave.close()
  await using again = await Store.open({ dir: directory })
  expect(await digests(again)).toEqual(expected)
})

test('what expires in a database is deleted there', async () => {
  const first = await Store.open({ dir: directory })
  call(first, 5, 'set', 'a', 'b', 'px', 1)
  call(first, 0, 'set', 'a', 'b')
  await expect.poll(() => first.dataSet.keySpace(5).size).toBe(0)
  expect(String(call(first, 0, 'get', 'a'))).toBe('b')
  await first.close()
  await using second = await Store.open({ dir: directory })
  expect(second.dataSet.keySpace(5).size).toBe(0)
  expect(second.dataSet.keySpace(0).size).toBe(1)
})

test('flushes one database or all', async () => {
  const first = await Store.open({ dir: directory })
  writeAll(first, 'a')
  call(first, 3, 'flushdb')
  expect([0, 3, 7].map((database) => call(first, database, 'dbsize'))).toEqual([1, 0, 1])
  const expected = await digests(first)
  await first.close()
  const second = await Store.open({ dir: directory })
  expect(await digests(second)).toEqual(expected)
  call(second, 9, 'flushall')
  await second.close()
  await using third = await Store.open({ dir: directory })
  expect(third.dataSet.size).toBe(0)
})
