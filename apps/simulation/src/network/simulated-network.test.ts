import type { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SimulatedClock } from '../runtime/clock.ts'
import { Random } from '../runtime/random.ts'
import { SimulatedProcess } from '../runtime/simulated-process.ts'
import { SimulatedNetwork } from './simulated-network.ts'

/** A network with two hosts, `a` and `b`, and what `b` got. */
function makeNetwork(seed: number) {
  const clock = new SimulatedClock()
  const network = new SimulatedNetwork(clock, new Random(seed, 'network'), () => undefined)
  const a = new SimulatedProcess('a', 0)
  const b = new SimulatedProcess('b', 0)
  const received: Buffer[] = []
  const events: string[] = []
  let accepted: Duplex | null = null
  b.run(() =>
    network.listen('b', (stream) => {
      accepted = stream
      watch('b', stream)
      stream.on('data', (bytes: Buffer) => received.push(bytes))
    }),
  )
  const watch = (name: string, stream: Duplex) => {
    for (const event of ['connect', 'end', 'close']) stream.on(event, () => events.push(`${name} ${event}`))
    stream.on('error', (error: NodeJS.ErrnoException) => events.push(`${name} ${error.code}`))
  }
  const connect = () => {
    const stream = a.run(() => network.connect('a', 'b'))
    watch('a', stream)
    stream.resume()
    return stream
  }
  /** Goes on for so many ms. */
  const pass = async (duration: number) => {
    const end = clock.now + duration
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (clock.nextAt > end) break
      clock.step()
    }
    clock.advanceTo(end)
  }
  return {
    clock,
    network,
    a,
    b,
    events,
    connect,
    pass,
    bytes: () => Buffer.concat(received),
    accepted: () => accepted!,
  }
}

describe('simulated network', () => {
  it('brings all bytes in order, however they are cut, and the end after them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 8 }),
        async (seed, pieces) => {
          const { connect, pass, bytes, events } = makeNetwork(seed)
          const stream = connect()
          await pass(20)
          for (const piece of pieces) stream.write(piece)
          stream.end()
          await pass(5_000)
          expect(bytes().equals(Buffer.concat(pieces))).toBe(true)
          expect(events).toEqual(expect.arrayContaining(['a connect', 'b end', 'b close', 'a close']))
          expect(events.filter((event) => event.includes('E'))).toEqual([])
        },
      ),
      { numRuns: 30 },
    )
  })

  it('refuses where nobody listens, and does not answer where nothing gets through', async () => {
    const { network, b, events, connect, pass } = makeNetwork(1)
    network.block('b', 'a')
    connect()
    await pass(10_000)
    expect(events).toEqual([])
    network.unblock('b', 'a')
    b.kill()
    connect()
    await pass(10)
    expect(events).toEqual(['a ECONNREFUSED', 'a close'])
  })

  it('holds back what a partition is in the way of, and brings it when that is over', async () => {
    const { network, connect, pass, bytes } = makeNetwork(2)
    const stream = connect()
    await pass(20)
    network.block('a', 'b')
    stream.write('late')
    await pass(1_000)
    expect(bytes().toString()).toBe('')
    network.unblock('a', 'b')
    await pass(10)
    expect(bytes().toString()).toBe('late')
  })

  it('ends a connection when the process at the other side is killed, and says nothing when the power is lost', async () => {
    const killed = makeNetwork(3)
    killed.connect()
    await killed.pass(20)
    killed.b.kill()
    killed.network.closeSocketsOf(killed.b)
    await killed.pass(20)
    expect(killed.events).toContain('a end')

    const powerless = makeNetwork(4)
    const stream = powerless.connect()
    await powerless.pass(20)
    powerless.network.powerDown('b')
    powerless.b.kill()
    powerless.network.closeSocketsOf(powerless.b)
    stream.write('anybody there?')
    await powerless.pass(5_000)
    expect(powerless.events).toEqual(['a connect'])
    powerless.network.powerUp('b')
    stream.write('anybody there?')
    await powerless.pass(100)
    expect(powerless.events).toContain('a ECONNRESET')
  })

  it('resets what is cut', async () => {
    const { network, connect, pass, events } = makeNetwork(7)
    connect()
    await pass(20)
    expect(network.cut('a', 'b')).toBe(1)
    await pass(100)
    expect(events.some((event) => event.endsWith('ECONNRESET'))).toBe(true)
  })

  it('has a sender wait whose receiver does not read', async () => {
    const { connect, pass, accepted } = makeNetwork(5)
    const stream = connect()
    await pass(20)
    accepted().pause()
    const total = 1_000_000
    expect(stream.write(Buffer.alloc(total))).toBe(false)
    let isDrained = false
    stream.once('drain', () => {
      isDrained = true
    })
    await pass(1_000)
    expect(isDrained).toBe(false)
    accepted().resume()
    await pass(5_000)
    expect(isDrained).toBe(true)
  })
})
