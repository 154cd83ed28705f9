import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { digestSnapshot } from '../digest/snapshot-digest.ts'
import { Store } from './store.ts'

const FIELDS = 20_000

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'repl-store-collections-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

async function digestOf(store: Store): Promise<string> {
  const snapshots = store.dataSet.openSnapshots()
  try {
    return (await Promise.all(snapshots.map((snapshot) => digestSnapshot(snapshot)))).join()
  } finally {
    for (const snapshot of snapshots) snapshot.close()
  }
}

function setFields(store: Store, value: string): void {
  const pairs = Array.from({ length: FIELDS }, (_, i) => [`field-${i}`, `${value}-${i}`]).flat()
  store.call('HSET', 'large', ...pairs)
}

it('recovers large collections from a snapshot and the journal since', async () => {
  let expected: string
  {
    await using store = await Store.open({ dir: directory })
    store.call('HSET', 'small', 'a', '1')
    setFields(store, 'first')
    const persisting = store.persistSnapshot()
    // Written while the snapshot is being persisted: the journal has it, the file has not.
    setFields(store, 'second')
    store.call('HINCRBYFLOAT', 'large', 'count', '0.1')
    store.call('HDEL', 'large', 'field-7')
    await persisting
    expected = await digestOf(store)
  }
  await using store = await Store.open({ dir: directory })
  expect(await digestOf(store)).toBe(expected)
  expect(store.call('HGET', 'large', 'field-8')).toEqual(Buffer.from('second-8'))
  expect(store.call('HLEN', 'large')).toBe(FIELDS)
})

it('gives the memory of a deleted collection back by itself', async () => {
  await using store = await Store.open({ dir: directory })
  const empty = store.dataSet.usedMemory
  setFields(store, 'value')
  expect(store.dataSet.usedMemory).toBeGreaterThan(empty + FIELDS * 16)
  expect(store.delete('large')).toBe(1)
  await vi.waitFor(() => expect(store.dataSet.usedMemory).toBeLessThan(empty + 1000))
})
