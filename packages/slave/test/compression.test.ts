import { afterEach, beforeEach, expect, it } from 'vitest'
import { Bench, caughtUp } from './pair.ts'

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(() => bench[Symbol.asyncDispose]())

async function bytesFor(compression: boolean, streamDelay = 0) {
  const name = `${compression}-${streamDelay}`
  const store = await bench.store(`master-${name}`)
  const write = (from: number) => {
    for (let i = from; i < from + 2000; i++) store.set(`key-${i}`, `the same text for everybody ${i % 10}`.repeat(5))
  }
  write(0)
  const { master, port } = await bench.master(store, { compression, compressionLevel: 3, streamDelay })
  const copy = await bench.store(`slave-${name}`)
  const slave = bench.slave(copy)
  slave.slaveof('127.0.0.1', port)
  await slave.online()
  const snapshot = master.statistics
  write(2000)
  await caughtUp(store, copy)
  expect(await copy.digestMemory()).toBe(await store.digestMemory())
  const stream = master.statistics.bytesSent - snapshot.bytesSent
  return { snapshot: snapshot.bytesSent, stream, carried: master.statistics.bytesCarried }
}

it('makes snapshot and stream several times shorter where both sides agree, and changes nothing in them', async () => {
  const plain = await bytesFor(false)
  const compressed = await bytesFor(true)
  expect(compressed.snapshot).toBeLessThan(plain.snapshot / 4)
  expect(compressed.stream).toBeLessThan(plain.stream / 4)
  expect(compressed.carried).toBeGreaterThan(plain.snapshot * 0.9)
})

it('gathers the stream for at most the delay, and not where somebody waits', async () => {
  const store = await bench.store('master')
  const { master, port } = await bench.master(store, { streamDelay: 3_600_000 })
  const slave = bench.slave(await bench.store('slave'))
  slave.slaveof('127.0.0.1', port)
  await slave.online()
  store.set('key', 'value')
  // Without the hurry this would take an hour.
  expect(await master.waitForAcknowledgements(1, store.offset, 0)).toBe(1)
  store.set('key', 'x'.repeat(100_000))
  expect(await slave.reached(store.offset)).toBe(true)
})
