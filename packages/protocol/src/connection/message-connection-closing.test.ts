import { once } from 'node:events'
import { connect } from 'node:net'
import { Duplex, duplexPair } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { acknowledgement, heartbeat, masterEnd, settle, slaveEnd, socketPair } from '../../test/connection-ends.ts'
import { streamChunkHeader } from '../messages/data-envelope.ts'
import { masterMessageCodec } from '../messages/master-message.ts'
import { CLOSE_TIMEOUT } from './message-connection.ts'

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
