import { afterEach, beforeEach, expect, it } from 'vitest'
import { Bench } from './pair.ts'

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(() => bench[Symbol.asyncDispose]())

it('a slave that has reached the offset of a write shows it', async () => {
  const store = await bench.store('master')
  const { port } = await bench.master(store)
  const copy = await bench.store('slave')
  const slave = bench.slave(copy)
  expect(await slave.reached(1)).toBe(false)
  store.set('before', 'the slave comes')
  slave.slaveof('127.0.0.1', port)
  // Also across a full synchronisation.
  expect(await slave.reached(store.offset)).toBe(true)
  expect(copy.get('before')?.toString()).toBe('the slave comes')
  for (let i = 0; i < 200; i++) {
    store.set('counter', i)
    expect(await slave.reached(store.offset, { timeout: 60_000 })).toBe(true)
    expect(copy.get('counter')?.toString()).toBe(String(i))
  }
})

it('gives up after a time, or when it is told to', async () => {
  const store = await bench.store('master')
  const { port } = await bench.master(store)
  const slave = bench.slave(await bench.store('slave'))
  slave.slaveof('127.0.0.1', port)
  await slave.online()
  expect(await slave.reached(1_000_000, { timeout: 5 })).toBe(false)
  const controller = new AbortController()
  const reached = slave.reached(1_000_000, { signal: controller.signal })
  controller.abort()
  expect(await reached).toBe(false)
})
