import KeyvRedis from '@keyv/redis'
import { waitUntil } from '@repl/harness'
import { Keyv } from 'keyv'
import { expect, it } from 'vitest'
import { Pair } from './pair.ts'

interface Weather {
  readonly place: string
  readonly degrees: number
  readonly hours: readonly number[]
}

it('@keyv/redis caches answers, by namespace and for their time, and a slave has them too', async ({ signal }) => {
  await using pair = await Pair.start(signal)
  const url = `redis://127.0.0.1:${pair.masterPort}`
  const errors: unknown[] = []
  const cache = (namespace: string): Keyv<Weather> => {
    const keyv = new Keyv<Weather>({ store: new KeyvRedis<Weather>(url), namespace, useKeyPrefix: false })
    keyv.on('error', (error) => errors.push(error))
    return keyv
  }
  const [today, tomorrow] = [cache('today'), cache('tomorrow')]
  const oslo = { place: 'Oslo', degrees: -3.5, hours: [1, 2, 3] }
  try {
    expect(await today.get('oslo')).toBeUndefined()
    expect(await today.set('oslo', oslo)).toBe(true)
    expect(await today.get('oslo')).toEqual(oslo)
    expect(await tomorrow.get('oslo')).toBeUndefined()
    expect(await today.has('oslo')).toBe(true)

    // Many at once, with and without an end.
    const places = Array.from({ length: 200 }, (_, i) => ({
      key: `place-${i}`,
      value: { ...oslo, degrees: i },
      ttl: i % 2 === 0 ? 60_000 : 3_600_000,
    }))
    await tomorrow.setMany(places)
    const values = await tomorrow.getMany(places.map(({ key }) => key))
    expect(values).toEqual(places.map(({ value }) => value))
    expect(await tomorrow.hasMany(['place-0', 'nowhere'])).toEqual([true, false])
    const lifetimes = await Promise.all((await pair.master.keys('*place-0')).map((key) => pair.master.pttl(key)))
    expect(lifetimes).toHaveLength(1)
    expect(lifetimes[0]).toBeGreaterThan(30_000)
    expect(lifetimes[0]).toBeLessThanOrEqual(60_000)

    // A walk over one namespace, by SCAN.
    const found = new Map<string, Weather>()
    for await (const [key, value] of tomorrow.iterator!({})) found.set(String(key), value as Weather)
    expect(found.size).toBe(200)
    expect(found.get('place-7')).toMatchObject({ degrees: 7 })

    await pair.untilReplicated(signal)
    expect(await pair.slave.dbsize()).toBe(201)

    expect(await today.delete('oslo')).toBe(true)
    expect(await today.delete('oslo')).toBe(false)
    await tomorrow.deleteMany(['place-0', 'place-1'])
    await today.set('oslo', oslo)
    // Clearing one namespace leaves the other.
    await tomorrow.clear()
    expect(await tomorrow.get('place-5')).toBeUndefined()
    expect(await today.get('oslo')).toEqual(oslo)

    await today.set('brief', oslo, 100)
    const wait = { awaited: 'the answer is too old', timeout: 20_000, signal }
    await waitUntil(wait, async () => ((await today.get('brief')) === undefined ? true : undefined))
    await pair.untilReplicated(signal)
    expect(errors).toEqual([])
  } finally {
    await Promise.all([today.disconnect(), tomorrow.disconnect()])
  }
})
