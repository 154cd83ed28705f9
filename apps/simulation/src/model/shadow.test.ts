import { CommandArguments, Store } from '@repl/store'
import { describe, expect, it } from 'vitest'
import { send } from '../cluster/send.ts'
import { Workload } from '../cluster/workload.ts'
import { Random } from '../runtime/random.ts'
import { differenceFrom, readCollection } from './data-difference.ts'
import { DataModel } from './data-model.ts'
import { applyCommand } from './model-commands.ts'
import { Shadow } from './shadow.ts'
import { readCommands } from './stream-commands.ts'
import { TrueHistories } from './true-histories.ts'

/** A store with some thousand commands of the simulation's clients, and its stream. */
async function makeStore(seed: number, commands: number) {
  const store = await Store.open()
  const reader = store.journal.reader(0, { includesUnwritten: true })
  const workload = new Workload(new Random(seed, 'workload'), 20, false)
  for (let i = 0; i < commands; i++) {
    send(store, workload.next())
  }
  const stream: Buffer[] = []
  for (let piece = await reader.next(2 ** 20); piece !== null; piece = await reader.next(2 ** 20)) stream.push(piece)
  reader.close()
  return { store, stream: Buffer.concat(stream) }
}

/** All that a model has, as text. */
function textOf({ databases }: DataModel): string {
  return JSON.stringify([...databases].map(([database, records]) => [database, [...records]]))
}

describe('the model', () => {
  it('is what the store is, after the same stream', async () => {
    const { store, stream } = await makeStore(1, 3_000)
    const model = new DataModel()
    for (const { words } of readCommands(stream)) applyCommand(model, words)
    expect(model.database(0).size).toBeGreaterThan(10)
    expect(model.databases.size).toBeGreaterThan(1)
    const types = new Set([...model.database(0).values()].map(({ value }) => value.type))
    expect([...types].sort()).toEqual(['hash', 'list', 'set', 'sorted set', 'string'])
    const read = (database: number, key: string) => readCollection(store, database, key)
    expect(differenceFrom(model, store.dataSet, read)).toBeNull()
    store.call('SET', 'another', 'value')
    expect(differenceFrom(model, store.dataSet, read)).toContain("'another' of database 0 is there as")
    await store.close()
  })

  it('refuses a stream that ends within a command', () => {
    expect(() => readCommands(Buffer.of(5, 0x0a))).toThrow(RangeError)
    expect(CommandArguments.of('GET', 'a').count).toBe(2)
  })

  it('begins anew where a node has jumped to another history', async () => {
    const { store, stream } = await makeStore(2, 200)
    await store.close()
    const truth = new TrueHistories()
    truth.append(truth.begin('first', null, 0, 'n1'), stream)
    const end = readCommands(stream)[50]!.end
    truth.append(truth.begin('second', 'first', end, 'n2'), Buffer.alloc(0))
    const shadow = new Shadow(truth)
    const whole = textOf(shadow.at('first', stream.length))
    const branch = textOf(shadow.at('second', end))
    expect(branch).not.toBe(whole)
    expect(textOf(shadow.at('first', stream.length))).toBe(whole)
    expect(textOf(new Shadow(truth).at('second', end))).toBe(branch)
  })
})
