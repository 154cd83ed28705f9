import { CommandArguments, Store } from '@repl/store'
import { describe, expect, it } from 'vitest'
import { Workload } from '../cluster/workload.ts'
import { Random } from '../runtime/random.ts'
import { differenceFrom, readCollection } from './data-difference.ts'
import { DataModel } from './data-model.ts'
import { Shadow } from './shadow.ts'
import { readCommands } from './stream-commands.ts'
import { TrueHistories } from './true-histories.ts'

/** A store with some thousand commands of the simulation's clients, and its stream. */
async function makeStore(seed: number, commands: number) {
  const store = await Store.open()
  const reader = store.journal.reader(0, { includesUnwritten: true })
  const workload = new Workload(new Random(seed, 'workload'), 20, false)
  for (let i = 0; i < commands; i++) {
    try {
      store.call(...workload.next())
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ReplyError') throw error
    }
  }
  const stream: Buffer[] = []
  for (let piece = await reader.next(2 ** 20); piece !== null; piece = await reader.next(2 ** 20)) stream.push(piece)
  reader.close()
  return { store, stream: Buffer.concat(stream) }
}

describe('the model', () => {
  it('is what the store is, after the same stream', async () => {
    const { store, stream } = await makeStore(1, 3_000)
    const model = new DataModel()
    for (const { words } of readCommands(stream)) model.apply(words)
    expect(model.records.size).toBeGreaterThan(10)
    const read = (key: string) => readCollection(store, key)
    expect(differenceFrom(model, store.dataSet, read)).toBeNull()
    store.call('SET', 'another', 'value')
    expect(differenceFrom(model, store.dataSet, read)).toContain("'another' is there as")
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
    const whole = JSON.stringify([...shadow.at('first', stream.length).records])
    const branch = JSON.stringify([...shadow.at('second', end).records])
    expect(branch).not.toBe(whole)
    expect(JSON.stringify([...shadow.at('first', stream.length).records])).toBe(whole)
    expect(JSON.stringify([...new Shadow(truth).at('second', end).records])).toBe(branch)
  })
})
