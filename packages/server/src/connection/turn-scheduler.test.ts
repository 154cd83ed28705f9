import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type SlicedWork, TurnScheduler } from './turn-scheduler.ts'

/** Work of so many slices, each of which takes all the time that it gets. */
class Work implements SlicedWork {
  slices: number
  finishedTurns = 0
  readonly #log: string[]
  readonly #name: string

  constructor(name: string, slices: number, log: string[]) {
    this.#name = name
    this.slices = slices
    this.#log = log
  }

  runSlice(deadline: number): boolean {
    while (performance.now() < deadline);
    this.#log.push(this.#name)
    return --this.slices > 0
  }

  finishTurn(): void {
    this.finishedTurns++
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await nextTurn()
}

test('work begins at once and clients take turns', async () => {
  const log: string[] = []
  const scheduler = new TurnScheduler()
  const first = new Work('a', 20, log)
  const second = new Work('b', 20, log)
  scheduler.run(first)
  scheduler.run(second)
  expect(log).toEqual(['a'])
  await until(() => first.slices === 0 && second.slices === 0)
  // One slice in the turn in which it came, and from then on each in its turn.
  expect(log.join('')).toBe(`a${'ab'.repeat(19)}b`)
  expect(first.finishedTurns).toBeGreaterThan(0)
})

test('a client that is asked to run while it waits runs once', async () => {
  const log: string[] = []
  const scheduler = new TurnScheduler()
  const work = new Work('a', 3, log)
  for (let i = 0; i < 5; i++) scheduler.run(work)
  await until(() => work.slices === 0)
  expect(log).toHaveLength(3)
})

test('many clients with little to do are spread over several turns', async () => {
  const log: string[] = []
  const scheduler = new TurnScheduler()
  const clients = Array.from({ length: 100 }, (_, i) => new Work(String(i), 1, log))
  for (const client of clients) scheduler.run(client)
  expect(log.length).toBeLessThan(100)
  await until(() => log.length === 100)
  expect(log).toEqual(clients.map((_, i) => String(i)))
})

test('nobody works while held', async () => {
  const log: string[] = []
  let isHeld = true
  const scheduler = new TurnScheduler(() => isHeld)
  const work = new Work('a', 1, log)
  scheduler.run(work)
  await nextTurn()
  await nextTurn()
  expect(log).toEqual([])
  isHeld = false
  scheduler.wake()
  await until(() => work.slices === 0)
  expect(log).toEqual(['a'])
})
