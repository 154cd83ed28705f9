import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Duplex, duplexPair } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { masterMessage } from '../../test/message-arbitraries.ts'
import { streamChunkHeader } from '../messages/data-envelope.ts'
import { masterMessageCodec } from '../messages/master-message.ts'
import type { MasterMessage, SlaveMessage } from '../messages/message-types.ts'
import { slaveMessageCodec } from '../messages/slave-message.ts'
import { acceptLink, acceptSnapshotFetch, connectLink, connectSnapshotFetch } from './connections.ts'
import { CLOSE_TIMEOUT, type MessageConnection } from './message-connection.ts'

/** One end of a connection with all that it reported. */
class End<Out, In> {
  readonly messages: In[] = []
  readonly closes: (Error | null)[] = []
  readonly closed: Promise<Error | null>
  connection!: MessageConnection<Out, In>
  onMessage: (message: In) => void | Promise<void> = () => {}
  #reportClosed!: (error: Error | null) => void
  #waiters: { count: number; resolve: () => void }[] = []

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#reportClosed = resolve
    })
  }

  readonly handlers = {
    onMessage: (message: In) => {
      this.messages.push(message)
      for (const waiter of this.#waiters) if (this.messages.length >= waiter.count) waiter.resolve()
      return this.onMessage(message)
    },
    onClose: (error: Error | null) => {
      this.closes.push(error)
      this.#reportClosed(error)
    },
  }

  received(count: number): Promise<void> {
    if (this.messages.length >= count) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push({ count, resolve }))
  }
}

function masterEnd(stream: Duplex, options: { maxPendingBytes?: number } = {}): End<MasterMessage, SlaveMessage> {
  const end = new End<MasterMessage, SlaveMessage>()
  end.connection = acceptLink(stream, { ...end.handlers, ...options })
  return end
}

function slaveEnd(stream: Duplex, options: { maxFrameLength?: number } = {}): End<SlaveMessage, MasterMessage> {
  const end = new End<SlaveMessage, MasterMessage>()
  end.connection = connectLink(stream, { ...end.handlers, ...options })
  return end
}

let server: Server | null = null

/** Both ends of a TCP connection: the slave's, the master's. */
async function socketPair(): Promise<[Socket, Socket]> {
  server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const client = connect(address.port, '127.0.0.1')
  const [accepted] = await once(server, 'connection')
  server.close()
  return [client, accepted]
}

afterEach(() => {
  server?.close()
  server = null
})

const heartbeat = (offset: number): MasterMessage => ({ type: 'heartbeat', offset })
const acknowledgement: SlaveMessage = { type: 'acknowledgement', receivedOffset: 3, appliedOffset: 2, durableOffset: 1 }

/** Lets all that is under way in this process happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await nextTurn()
}

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

describe('a connection ends with exactly one report', () => {
  test('of garbage, whatever it is, and is closed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1 }), async (chunks) => {
        const [ours, theirs] = duplexPair()
        const master = masterEnd(theirs)
        for (const chunk of chunks) ours.write(chunk)
        ours.end()
        const error = await master.closed
        // Random bytes are no message: nearly always they are refused; what happens to be a whole message is not.
        if (master.messages.length === 0) expect(error).toMatchObject({ name: 'ProtocolError' })
        expect(theirs.destroyed).toBe(true)
        await settle()
        expect(master.closes).toHaveLength(1)
        ours.destroy()
      }),
    )
  })

  test('when something else listens there', async () => {
    const [slaveSocket, other] = await socketPair()
    const slave = slaveEnd(slaveSocket)
    other.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    expect(await slave.closed).toMatchObject({
      code: 'NOT_A_FRAME',
      message: expect.stringContaining('HTTP/1.1 400 Bad Request'),
    })
    other.destroy()
  })

  test('when the peer is gone inside a frame', async () => {
    for (const leave of ['end', 'destroy'] as const) {
      const [slaveSocket, other] = await socketPair()
      const slave = slaveEnd(slaveSocket)
      other.write(streamChunkHeader(0, 100))
      other.write('half')
      await once(slaveSocket, 'data')
      other[leave]()
      expect(await slave.closed).toMatchObject({ code: 'TRUNCATED_FRAME' })
      other.destroy()
    }
  })

  test('when the stream fails', async () => {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    const slave = slaveEnd(stream)
    stream.destroy(new Error('cable cut'))
    expect(await slave.closed).toMatchObject({ message: 'cable cut' })
    await settle()
    expect(slave.closes).toHaveLength(1)
  })

  test('when nothing listens there', async () => {
    const [a, b] = await socketPair()
    const port = b.localPort!
    a.destroy()
    b.destroy()
    const slave = slaveEnd(connect(port, '127.0.0.1'))
    slave.connection.send(acknowledgement)
    expect(await slave.closed).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('when the stream was destroyed before', async () => {
    const stream = new Duplex({ read() {} })
    stream.on('error', () => {})
    stream.destroy(new Error('too late'))
    await new Promise((resolve) => stream.once('close', resolve))
    const slave = slaveEnd(stream)
    expect(slave.closes).toEqual([])
    expect(slave.connection.isOpen).toBe(false)
    expect(await slave.closed).toMatchObject({ message: 'too late' })
  })

  test('when a handler throws or rejects', async () => {
    for (const onMessage of [
      () => {
        throw new Error('mine')
      },
      () => Promise.reject(new Error('mine')),
      async () => {
        await nextTurn()
        throw new Error('mine')
      },
    ]) {
      const [ours, theirs] = duplexPair()
      const slave = slaveEnd(theirs)
      slave.onMessage = onMessage
      for (let i = 0; i < 3; i++) ours.write(masterMessageCodec.encode(heartbeat(i)).head)
      expect(await slave.closed).toMatchObject({ message: 'mine' })
      expect(slave.messages).toHaveLength(1)
      ours.destroy()
    }
  })

  test('with the reason it was given, and not with what that led to', async () => {
    for (const how of ['close', 'destroy'] as const) {
      const [slaveSocket, masterSocket] = await socketPair()
      const slave = slaveEnd(slaveSocket)
      const master = masterEnd(masterSocket)
      const reason = new Error('time-out')
      slave.connection[how](reason)
      slave.connection.close(new Error('later'))
      slave.connection.destroy(new Error('later still'))
      expect(await slave.closed).toBe(reason)
      await master.closed
      await settle()
      expect(slave.closes).toHaveLength(1)
      expect(master.closes).toHaveLength(1)
    }
  })

  test('at any moment of a busy exchange, on both sides', async () => {
    const act = fc.constantFrom('close', 'destroy', 'streamDestroy', 'streamError', 'pauseClose', 'detachDestroy')
    await fc.assert(
      fc.asyncProperty(act, fc.boolean(), fc.nat(12), fc.boolean(), async (action, byMaster, moment, isAsync) => {
        const [ours, theirs] = duplexPair()
        const master = masterEnd(ours)
        const slave = slaveEnd(theirs)
        const [actor, stream] = byMaster ? [master, ours] : [slave, theirs]
        let seen = 0
        const actAtMoment = () => {
          if (seen++ !== moment) return
          if (action === 'close') actor.connection.close()
          if (action === 'destroy') actor.connection.destroy()
          if (action === 'streamDestroy') stream.destroy()
          if (action === 'streamError') stream.destroy(new Error('cut'))
          if (action === 'pauseClose') {
            actor.connection.pause()
            actor.connection.close()
          }
          if (action === 'detachDestroy') actor.connection.detach().destroy()
        }
        const onMessage = () => {
          actAtMoment()
          return isAsync ? nextTurn().then(actAtMoment) : undefined
        }
        master.onMessage = onMessage
        slave.onMessage = onMessage
        for (let i = 0; i < 10; i++) {
          master.connection.send({ type: 'streamChunk', offset: i, data: Buffer.alloc(5000) })
          slave.connection.send(acknowledgement)
        }
        master.connection.close()
        const peer = byMaster ? slave : master
        for (let turn = 0; turn < 40; turn++) await nextTurn()
        // A duplexPair does not tell one side that the other was destroyed.
        ours.destroy()
        theirs.destroy()
        await settle()
        expect(peer.closes.length).toBe(1)
        expect(actor.closes.length).toBeLessThanOrEqual(1)
        if (action !== 'detachDestroy') expect(actor.closes.length).toBe(1)
      }),
      { numRuns: 100 },
    )
  })
})

describe('an orderly close', () => {
  test('reaches a peer that is still sending', async () => {
    const [slaveSocket, masterSocket] = await socketPair()
    const slave = slaveEnd(slaveSocket)
    const master = masterEnd(masterSocket)
    // Unread bytes at a closing socket make TCP reset the connection, and a reset overtakes what was sent before it.
    master.connection.pause()
    slaveSocket.write(Buffer.alloc(8 * 1024 * 1024))
    await settle()
    expect(slave.connection.pendingBytes).toBeGreaterThan(0)
    master.connection.send({ type: 'refusal', code: 'WRONG_PASSWORD', reason: 'no' })
    master.connection.close()
    await slave.received(1)
    expect(slave.messages).toEqual([{ type: 'refusal', code: 'WRONG_PASSWORD', reason: 'no' }])
    expect(await slave.closed).toBeNull()
    expect(await master.closed).toBeNull()
    expect(master.messages).toEqual([])
  })

  test('delivers what came with it to a handler that was busy', async () => {
    const [slaveSocket, masterSocket] = await socketPair()
    const slave = slaveEnd(slaveSocket)
    let release = () => {}
    const busy = new Promise<void>((resolve) => {
      release = resolve
    })
    slave.onMessage = (message) => (message.type === 'heartbeat' ? busy : undefined)
    const master = masterEnd(masterSocket)
    master.connection.send(heartbeat(1))
    master.connection.send({ type: 'refusal', code: 'X', reason: '' })
    master.connection.close()
    await master.closed.then(settle)
    expect(slave.messages).toHaveLength(1)
    expect(slave.closes).toEqual([])
    release()
    expect(await slave.closed).toBeNull()
    expect(slave.messages).toHaveLength(2)
  })

  test('ends also when the peer never ends its side', async () => {
    const [slaveSocket, other] = await socketPair()
    other.pause()
    other.allowHalfOpen = true
    const slave = slaveEnd(slaveSocket)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      slave.connection.close()
      await settle()
      expect(slave.closes).toEqual([])
      vi.advanceTimersByTime(CLOSE_TIMEOUT)
    } finally {
      vi.useRealTimers()
    }
    expect(await slave.closed).toBeNull()
    other.destroy()
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
