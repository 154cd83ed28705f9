import { streamChunkHeader } from '@repl/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamPump } from './stream-pump.ts'

type Answer = Buffer | null | Promise<Buffer | null> | Error

/** A journal whose answers the test sets out beforehand. */
function source(answers: Answer[]) {
  return {
    asked: 0,
    isClosed: false,
    next() {
      this.asked++
      const answer = answers.shift() ?? null
      if (answer instanceof Error) throw answer
      return answer
    },
    [Symbol.dispose]() {
      this.isClosed = true
    },
  }
}

/** A connection that takes `room` chunks before it says stop, and so many more at each drain. */
function sink(room: number) {
  let left = room
  const drains: ((isOpen: boolean) => void)[] = []
  return {
    isOpen: true,
    heads: [] as Buffer[],
    bytes: '',
    sendRaw(head: Buffer, data: Buffer) {
      this.heads.push(head)
      this.bytes += data.toString()
      return --left > 0
    },
    drained: () => new Promise<boolean>((resolve) => drains.push(resolve)),
    drain(isOpen = true) {
      left = room
      for (const resolve of drains.splice(0)) resolve(isOpen)
    },
    get waiting() {
      return drains.length
    },
  }
}

const unexpected = (error: Error) => {
  throw error
}
const settled = () => new Promise(setImmediate)

describe('stream pump', () => {
  it('sends what there is, with its offset, and goes on when woken', () => {
    const answers: Answer[] = [Buffer.from('abc'), Buffer.from('de')]
    const to = sink(100)
    const streamed: number[] = []
    const pump = new StreamPump(source(answers), to, 10, (offset) => streamed.push(offset), unexpected)
    pump.wake()
    expect(to.bytes).toBe('abcde')
    expect(streamed).toEqual([13, 15])
    expect(to.heads).toEqual([streamChunkHeader(10, 3), streamChunkHeader(13, 2)])
    answers.push(Buffer.from('f'))
    pump.wake()
    expect(to.bytes).toBe('abcdef')
  })

  it('takes no more from the journal than the connection has room for', async () => {
    const from = source(Array.from({ length: 10 }, () => Buffer.from('x')))
    const to = sink(1)
    const pump = new StreamPump(from, to, 0, () => undefined, unexpected)
    pump.wake()
    pump.wake()
    expect(from.asked).toBe(1)
    to.drain()
    await settled()
    expect(from.asked).toBe(2)
    to.drain(false)
    await settled()
    expect(from.asked).toBe(2)
  })

  it('waits for the disk, and does not miss what comes meanwhile', async () => {
    const disk = Promise.withResolvers<Buffer | null>()
    const answers: Answer[] = [disk.promise]
    const to = sink(100)
    const pump = new StreamPump(source(answers), to, 0, () => undefined, unexpected)
    pump.wake()
    answers.push(Buffer.from('later'))
    pump.wake()
    expect(to.bytes).toBe('')
    disk.resolve(null)
    await settled()
    expect(to.bytes).toBe('later')
  })

  it('stops for good, lets go of the journal, and reports what could not be read once', async () => {
    const errors: string[] = []
    const from = source([Promise.reject(new Error('unreadable'))])
    const pump = new StreamPump(
      from,
      sink(1),
      0,
      () => undefined,
      (error) => errors.push(error.message),
    )
    pump.wake()
    await settled()
    expect(errors).toEqual(['unreadable'])
    expect(from.isClosed).toBe(true)
    pump.wake()
    pump[Symbol.dispose]()
    expect(from.asked).toBe(1)
    const late = Promise.withResolvers<Buffer | null>()
    const to = sink(1)
    const stopped = new StreamPump(source([late.promise]), to, 0, () => undefined, unexpected)
    stopped.wake()
    stopped[Symbol.dispose]()
    late.resolve(Buffer.from('x'))
    await settled()
    expect(to.bytes).toBe('')
  })

  it('sends every byte once and in order, however it is woken, drained and answered', async () => {
    const event = fc.constantFrom('memory', 'disk', 'nothing', 'wake', 'drain', 'turn')
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (events, room) => {
        const answers: Answer[] = []
        const to = sink(room)
        const pump = new StreamPump(source(answers), to, 0, () => undefined, unexpected)
        let expected = ''
        for (const [i, what] of events.entries()) {
          const byte = String.fromCharCode(97 + (i % 26))
          if (what === 'memory') answers.push(Buffer.from(byte))
          if (what === 'disk') answers.push(Promise.resolve(Buffer.from(byte)))
          if (what === 'nothing') answers.push(null)
          if (what === 'memory' || what === 'disk') expected += byte
          if (what === 'wake') pump.wake()
          if (what === 'drain') to.drain()
          if (what === 'turn') await settled()
        }
        do {
          await settled()
          pump.wake()
          to.drain()
          await settled()
        } while (answers.length > 0 || to.waiting > 0)
        expect(to.bytes).toBe(expected)
        expect(to.heads).toHaveLength(expected.length)
      }),
      { numRuns: 200 },
    )
  })

  it('parts the stream at a mark, and has one until then', () => {
    const to = sink(100)
    const pump = new StreamPump(source([Buffer.from('abcde')]), to, 10, () => undefined, unexpected)
    const before: string[] = []
    pump.mark(13, () => before.push(to.bytes))
    expect(pump.hasMark).toBe(true)
    pump.wake()
    expect(before).toEqual(['abc'])
    expect(to.bytes).toBe('abcde')
    expect(pump.hasMark).toBe(false)
    pump.mark(15, () => before.push(to.bytes))
    expect(before).toEqual(['abc', 'abcde'])
    expect(pump.hasMark).toBe(false)
  })
})
