import type { Redis } from 'ioredis'

/** Keys asked for at a time. */
const BATCH = 1000

/** Every key of a server with its value and its time of expiry in Unix ms (-1 for never), in the order of keys. */
export async function contentsOf(client: Redis): Promise<Map<string, string>> {
  const contents = new Map<string, string>()
  let cursor = '0'
  do {
    const [next, keys] = await client.scan(cursor, 'COUNT', BATCH)
    cursor = next
    if (keys.length === 0) continue
    const values = await client.mget(keys)
    const expiries = await Promise.all(keys.map((key) => client.call('PEXPIRETIME', key)))
    for (const [i, key] of keys.entries()) contents.set(key, `${expiries[i]} ${values[i]}`)
  } while (cursor !== '0')
  return new Map([...contents].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** How two data sets differ: the first few keys, for a message; empty where they are the same. */
export function differences(expected: ReadonlyMap<string, string>, actual: ReadonlyMap<string, string>): string[] {
  const found: string[] = []
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    if (expected.get(key) === actual.get(key)) continue
    found.push(`${key}: ${expected.get(key)?.slice(0, 80)} is ${actual.get(key)?.slice(0, 80)}`)
    if (found.length === 10) break
  }
  return found
}
