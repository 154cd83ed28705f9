import { Duplex, duplexPair } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acknowledgement, End, heartbeat, masterEnd, settle, slaveEnd, socketPair } from '../../test/connection-ends.ts'
import { masterMessage } from '../../test/message-arbitraries.ts'
import { streamChunkHeader } from '../messages/data-envelope.ts'
import { masterMessageCodec } from '../messages/master-message.ts'
import type { SlaveMessage } from '../messages/message-types.ts'
import { slaveMessageCodec } from '../messages/slave-message.ts'
import { acceptSnapshotFetch, connectSnapshotFetch } from './connections.ts'

describe('messages', () => {
  test('go both ways over TCP, and an orderly close is null on both sides', async () => {
    const [slaveSocket, masterSocket] = await socketPair()
    const slave = slaveEnd(slaveSocket)
    const master = masterEnd(masterSocket)
    expect(slave.connection.send(acknowledgement)).toBe(true)
    await master.received(1)
    expect(master.messages).toEqual([acknowledgement])
    master.connection.send(heartbeat(7))
    master.connection.send({ type: 'streamChunk', offset: 7, data: Buffer.from('abc') })
    master.connection.close()
    expect(await slave.closed).toBeNull()
    expect(await master.closed).toBeNull()
    expect(slave.messages).toEqual([heartbeat(7), { type: 'streamChunk', offset: 7, data: Buffer.from('abc') }])
    expect(slave.connection.bytesReceived).toBe(master.connection.bytesSent)
    expect(slave.connection.isOpen).toBe(false)
    expect(slave.connection.send(acknowledgement)).toBe(false)
    expect(await slave.connection.drained()).toBe(false)
  })

  test('arrive equal however the stream is cut up, with and without compression', async () => {
    const cases = fc.tuple(
      fc.array(masterMessage, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      fc.boolean(),
    )
    await fc.assert(
      fc.asyncProperty(cases, async ([messages, lengths, isCompressed]) => {
        const written: Buffer[] = []
        const recorder = new Duplex({
          read() {},
          write(chunk, _encoding, done) {
            written.push(chunk)
            done()
          },
        })
        const sender = masterEnd(recorder)
        if (isCompressed) sender.connection.enableCompression({ minimumBytes: 0 })
        for (const message of messages) sender.connection.send(message)
        const bytes = Buffer.concat(written)
        expect(sender.connection.bytesSent).toBe(bytes.length)

        const source = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
        const receiver = slaveEnd(source)
        if (isCompressed) receiver.connection.enableCompression()
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = lengths[i % lengths.length]!
          source.push(bytes.subarray(at, at + length))
          at += length
        }
        source.push(null)
        expect(await receiver.closed).toBeNull()
        expect(receiver.messages).toEqual(messages)
        sender.connection.destroy()
        await sender.closed
      }),
    )
  })

  test('with data are sent raw, the same buffers to several peers', async () => {
    const data = Buffer.from('the same for all')
    const head = streamChunkHeader(42, data.length)
    for (let i = 0; i < 2; i++) {
      const [ours, theirs] = duplexPair()
      const master = masterEnd(ours)
      const slave = slaveEnd(theirs)
      master.connection.sendRaw(head, data)
      await slave.received(1)
      expect(slave.messages).toEqual([{ type: 'streamChunk', offset: 42, data }])
      using _ = master.connection
      slave.connection.destroy()
    }
  })

  test('are compressed where it is worth it', async () => {
    const [slaveSocket, masterSocket] = await socketPair()
    const slave = slaveEnd(slaveSocket)
    const master = masterEnd(masterSocket)
    slave.connection.enableCompression()
    master.connection.enableCompression({ level: 3 })
    const data = Buffer.from('SET key value '.repeat(10_000))
    master.connection.send({ type: 'streamChunk', offset: 0, data })
    await slave.received(1)
    expect(slave.messages).toEqual([{ type: 'streamChunk', offset: 0, data }])
    expect(master.connection.bytesSent).toBeLessThan(data.length / 20)
    expect(() => master.connection.enableCompression({ level: 20 })).toThrow(RangeError)
    master.connection.destroy()
    await Promise.all([master.closed, slave.closed])
  })

  test('are handed out one at a time, also when an answer comes back before the handler is done', () => {
    const [ours, theirs] = synchronousPair()
    const master = masterEnd(ours)
    const slave = slaveEnd(theirs)
    let depth = 0
    let greatestDepth = 0
    slave.onMessage = (message) => {
      greatestDepth = Math.max(greatestDepth, ++depth)
      if (message.type === 'heartbeat' && message.offset < 5) slave.connection.send(acknowledgement)
      depth--
    }
    master.onMessage = () => {
      master.connection.send(heartbeat(slave.messages.length + 1))
    }
    return new Promise<void>((resolve) => {
      process.nextTick(() => {
        master.connection.send(heartbeat(1))
        resolve()
      })
    }).then(async () => {
      await slave.received(5)
      expect(slave.messages).toEqual([1, 2, 3, 4, 5].map(heartbeat))
      expect(greatestDepth).toBe(1)
      master.connection.destroy()
      slave.connection.destroy()
      await Promise.all([master.closed, slave.closed])
    })
  })
})

/** Two streams without any delay between them: a write is a read on the other side, on the same stack. */
function synchronousPair(): [Duplex, Duplex] {
  const make = (other: () => Duplex) =>
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        done()
        other().push(chunk)
      },
      final(done) {
        other().push(null)
        done()
      },
    })
  const a: Duplex = make(() => b)
  const b: Duplex = make(() => a)
  return [a, b]
}

describe('backpressure', () => {
  test('of the writing side: send says no, drained says when, and nothing is lost', async () => {
    const [slaveSocket, masterSocket] = await socketPair()
    const slave = slaveEnd(slaveSocket)
    const master = masterEnd(masterSocket)
    slave.connection.pause()
    const data = Buffer.alloc(256 * 1024, 1)
    let sent = 0
    while (master.connection.send({ type: 'streamChunk', offset: sent * data.length, data })) sent++
    sent++
    expect(master.connection.pendingBytes).toBeGreaterThan(0)
    expect(master.connection.pendingBytes).toBeLessThan(2 * 1024 * 1024)
    let hasDrained = false
    const drained = master.connection.drained().then((isOpen) => {
      hasDrained = true
      return isOpen
    })
    await settle()
    expect(hasDrained).toBe(false)
    slave.connection.resume()
    expect(await drained).toBe(true)
    await slave.received(sent)
    expect(slave.messages).toHaveLength(sent)
    master.connection.destroy()
    await Promise.all([master.closed, slave.closed])
  })

  test('of the reading side: while a handler is busy nothing more is read', async () => {
    const [ours, theirs] = duplexPair()
    const slave = slaveEnd(theirs)
    let isBusy = false
    let release = () => {}
    slave.onMessage = async () => {
      expect(isBusy).toBe(false)
      isBusy = true
      await new Promise<void>((resolve) => {
        release = resolve
      })
      isBusy = false
    }
    const master = masterEnd(ours)
    for (let i = 0; i < 5; i++) master.connection.send(heartbeat(i))
    for (let i = 1; i <= 5; i++) {
      await slave.received(i)
      await settle()
      expect(slave.messages).toHaveLength(i)
      release()
    }
    // A peer that goes on all the same meets a full stream, not a growing buffer.
    await settle()
    slave.connection.pause()
    const data = Buffer.alloc(16 * 1024)
    while (master.connection.send({ type: 'streamChunk', offset: 0, data }));
    await settle()
    expect(slave.connection.bytesReceived).toBeLessThan(64 * 1024)
    master.connection.destroy()
    slave.connection.destroy()
    await Promise.all([master.closed, slave.closed])
  })

  test('pause in a handler holds back what came in the same read', async () => {
    const [ours, theirs] = duplexPair()
    const slave = slaveEnd(theirs)
    slave.onMessage = () => slave.connection.pause()
    const bytes = [1, 2, 3].map((offset) => masterMessageCodec.encode(heartbeat(offset)).head)
    ours.write(Buffer.concat(bytes))
    for (let i = 1; i <= 3; i++) {
      await slave.received(i)
      await settle()
      expect(slave.messages).toHaveLength(i)
      slave.connection.resume()
    }
    ours.end()
    expect(await slave.closed).toBeNull()
    ours.destroy()
  })

  test('who does not heed it is cut off at the limit', async () => {
    const stuck = new Duplex({ read() {}, write() {} })
    const master = masterEnd(stuck, { maxPendingBytes: 1000 })
    const waiting = Promise.all([0, 1].map(() => master.connection.send(heartbeat(1))))
    const data = Buffer.alloc(400)
    master.connection.send({ type: 'streamChunk', offset: 0, data })
    master.connection.send({ type: 'streamChunk', offset: 0, data })
    expect(master.connection.send({ type: 'streamChunk', offset: 0, data })).toBe(false)
    await waiting
    expect(await master.closed).toMatchObject({ name: 'SendBufferError', code: 'SEND_BUFFER_FULL' })
  })
})

describe('detach', () => {
  test('hands the stream on with all that was not read', async () => {
    const [ours, theirs] = duplexPair()
    const slave = new End<SlaveMessage, never>()
    connectSnapshotFetch(ours, {
      onMessage: (message) => {
        slave.messages.push(message as never)
      },
      onClose: slave.handlers.onClose,
    })
    const master = masterEnd(theirs)
    const handedOn = new Promise<Duplex>((resolve) => {
      master.onMessage = () => resolve(master.connection.detach())
    })
    const request: SlaveMessage = { type: 'snapshotRequest', snapshotId: 'one', token: Buffer.alloc(32), from: 10 }
    const frames = [request, acknowledgement].map((message) => slaveMessageCodec.encode(message).head)
    ours.write(Buffer.concat(frames))
    const second = new End<never, SlaveMessage>()
    const sending = acceptSnapshotFetch(await handedOn, second.handlers)
    await second.received(1)
    expect(second.messages).toEqual([acknowledgement])
    expect(master.messages).toHaveLength(1)
    sending.send({ type: 'data', data: Buffer.from('bytes') })
    sending.send({ type: 'end', size: 15 })
    sending.close()
    expect(await slave.closed).toBeNull()
    expect(slave.messages).toEqual([
      { type: 'data', data: Buffer.from('bytes') },
      { type: 'end', size: 15 },
    ])
    await second.closed
    expect(master.closes).toEqual([])
    expect(() => master.connection.detach()).toThrow('detached')
  })

  test('takes over bytes that were given back before', async () => {
    const [ours, theirs] = duplexPair()
    ours.write(masterMessageCodec.encode(heartbeat(3)).head)
    const first: Buffer = await new Promise((resolve) => theirs.once('data', resolve))
    theirs.pause()
    theirs.unshift(first)
    const slave = slaveEnd(theirs)
    await slave.received(1)
    expect(slave.messages).toEqual([heartbeat(3)])
    slave.connection.destroy()
    ours.destroy()
    await slave.closed
  })
})
