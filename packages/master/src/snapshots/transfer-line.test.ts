import { expect, it } from 'vitest'
import { TransferLine } from './transfer-line.ts'

it('lets so many in at a time and tells the others their places', async () => {
  let limit = 2
  const line = new TransferLine(() => limit)
  const places: number[][] = []
  const enter = () => {
    const mine: number[] = []
    places.push(mine)
    return line.enter((place) => mine.push(place))
  }
  const turns = Array.from({ length: 5 }, enter)
  await Promise.all([turns[0]?.granted, turns[1]?.granted])
  expect([line.activeCount, line.waitingCount]).toEqual([2, 3])
  expect(places).toEqual([[], [], [1], [2], [3]])
  // One that goes away while it waits, and one that is done, twice.
  turns[3]?.[Symbol.dispose]()
  turns[0]?.[Symbol.dispose]()
  turns[0]?.[Symbol.dispose]()
  await turns[2]?.granted
  expect(places[4]?.at(-1)).toBe(1)
  expect([line.activeCount, line.waitingCount]).toEqual([2, 1])
  limit = 0
  line.update()
  await turns[4]?.granted
  for (const turn of turns) turn[Symbol.dispose]()
  expect([line.activeCount, line.waitingCount]).toEqual([0, 0])
})
