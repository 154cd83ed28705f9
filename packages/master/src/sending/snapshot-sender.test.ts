import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, PassThrough } from 'node:stream'
import { connectSnapshotFetch, type SnapshotMessage } from '@repl/protocol'
import { type ChildLauncher, Store } from '@repl/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendSnapshot } from './snapshot-sender.ts'

const content = randomBytes(3 * 1024 * 1024 + 17)
let directory: string
let path: string
let server: Server
let store: Store
let children: ChildLauncher

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'repl-sending-'))
  path = join(directory, 'snapshot.rdb')
  await writeFile(path, content)
  store = await Store.open()
  children = store.children
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(async () => {
  // Resolves only if no socket that was handed to a child is still counted here.
  await new Promise((resolve) => server.close(resolve))
  await store.close()
  await rm(directory, { recursive: true })
})

async function socketPair(): Promise<[slave: Socket, master: Socket]> {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const slave = connect(address.port, '127.0.0.1')
  const [[master]] = (await Promise.all([once(server, 'connection'), once(slave, 'connect')])) as [[Socket], unknown]
  return [slave, master]
}

/** A duplex stream that is no socket, and its other end. */
function duplexPair(): [slave: Duplex, master: Duplex] {
  const toSlave = new PassThrough()
  const toMaster = new PassThrough()
  return [
    Duplex.from({ readable: toSlave, writable: toMaster }),
    Duplex.from({ readable: toMaster, writable: toSlave }),
  ]
}

interface Received {
  readonly bytes: Buffer
  readonly last: SnapshotMessage | undefined
}

/** Reads as a slave does; stops after `limit` bytes. */
function receive(stream: Duplex, limit = Number.POSITIVE_INFINITY): Promise<Received> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let length = 0
    let last: SnapshotMessage | undefined
    const connection = connectSnapshotFetch(stream, {
      onMessage: (message) => {
        last = message
        if (message.type === 'data') {
          pieces.push(message.data)
          length += message.data.length
          if (length >= limit) connection.destroy()
        } else connection.close()
      },
      onClose: () => resolve({ bytes: Buffer.concat(pieces), last }),
    })
  })
}

function task(overrides: { paths?: string[]; from?: number; timeout?: number } = {}) {
  return { paths: [path], size: content.length, from: 0, timeout: 10_000, ...overrides }
}

function isAlive(processId: number | undefined): boolean {
  try {
    return processId !== undefined && process.kill(processId, 0)
  } catch {
    return false
  }
}

describe('sending child', () => {
  it.each([0, 1, 2_000_000])('sends the file from byte %d over the socket that it is handed', async (from) => {
    const [slave, master] = await socketPair()
    const progress: number[] = []
    const sending = sendSnapshot(children, master, task({ from }), (bytes) => progress.push(bytes))
    const received = await receive(slave)
    expect(received.bytes.equals(content.subarray(from))).toBe(true)
    expect(received.last).toEqual({ type: 'end', size: content.length })
    expect(await sending.done).toEqual({ bytes: content.length, broken: null })
    expect(progress.at(-1)).toBe(content.length)
    expect(isAlive(sending.processId)).toBe(false)
    expect(master.destroyed).toBe(true)
  })

  it('sends through the parent where the stream can not be handed on', async () => {
    const [slave, master] = duplexPair()
    const sending = sendSnapshot(children, master, task({ from: 5 }), () => undefined)
    const received = await receive(slave)
    expect(received.bytes.equals(content.subarray(5))).toBe(true)
    expect(received.last).toEqual({ type: 'end', size: content.length })
    expect(await sending.done).toEqual({ bytes: content.length, broken: null })
  })

  it.each(['socket', 'line'])(
    'sends a file while it is being written, over a %s, and ends where that does',
    async (way) => {
      const [slave, master] = way === 'socket' ? await socketPair() : duplexPair()
      const draft = join(directory, 'draft')
      const whole = join(directory, 'whole')
      const { promise: written, resolve } = Promise.withResolvers<number>()
      const growing = { ...task({ paths: [draft, whole] }), size: 0, written }
      const half = content.length >>> 1
      const progress: number[] = []
      const sending = sendSnapshot(children, master, growing, (bytes) => progress.push(bytes))
      const receiving = receive(slave)
      await writeFile(draft, content.subarray(0, half))
      if (way === 'socket') await expect.poll(() => progress.at(-1)).toBe(half)
      await appendFile(draft, content.subarray(half))
      if (way === 'socket') await expect.poll(() => progress.at(-1)).toBe(content.length)
      await rename(draft, whole)
      expect(await Promise.race([sending.done, Promise.resolve('still at it')])).toBe('still at it')
      resolve(content.length)
      const received = await receiving
      expect(received.bytes.equals(content)).toBe(true)
      expect(received.last).toEqual({ type: 'end', size: content.length })
      expect(await sending.done).toEqual({ bytes: content.length, broken: null })
    },
  )

  it('reports a slave that goes away, and ends', async () => {
    for (const pair of [await socketPair(), duplexPair()]) {
      const [slave, master] = pair
      const sending = sendSnapshot(children, master, task(), () => undefined)
      await receive(slave, 100_000)
      expect(await sending.done).toMatchObject({ broken: expect.any(String) })
      expect(isAlive(sending.processId)).toBe(false)
    }
  })

  it('does not wait for ever on a slave that takes nothing', async () => {
    const [slave, master] = await socketPair()
    slave.pause()
    // More than the buffers of both sockets can hold.
    const size = 64 * 1024 * 1024
    const large = join(directory, 'large')
    await writeFile(large, '')
    await truncate(large, size)
    const sending = sendSnapshot(children, master, { ...task({ paths: [large], timeout: 200 }), size }, () => undefined)
    const { broken } = await sending.done
    expect(broken).toContain('took no byte for 200 ms')
    slave.destroy()
  })

  it('says that the file is gone or has another size', async () => {
    const [slave, master] = await socketPair()
    const missing = sendSnapshot(children, master, task({ paths: [join(directory, 'none')] }), () => undefined)
    const [received] = await Promise.all([
      receive(slave),
      expect(missing.done).rejects.toMatchObject({ code: 'SENDING_CHILD_FAILED' }),
    ])
    expect(received.last).toMatchObject({ type: 'refusal', code: 'SNAPSHOT_UNREADABLE' })
    const [otherSlave, otherMaster] = await socketPair()
    const wrong = sendSnapshot(children, otherMaster, { ...task(), size: 5 }, () => undefined)
    otherSlave.resume()
    await expect(wrong.done).rejects.toThrow('5 were announced')
  })

  it('reports a child that was killed; the slave sees its connection close', async () => {
    const [slave, master] = await socketPair()
    slave.pause()
    const sending = sendSnapshot(children, master, task(), () => undefined)
    await once(slave, 'readable')
    process.kill(sending.processId ?? 0, 'SIGKILL')
    await expect(sending.done).rejects.toMatchObject({ code: 'SENDING_CHILD_DIED' })
    slave.resume()
    slave.on('error', () => undefined)
    if (!slave.closed) await once(slave, 'close')
  })

  it('leaves no process when it is aborted', async () => {
    const [slave, master] = await socketPair()
    const sending = sendSnapshot(children, master, task(), () => undefined)
    sending.abort()
    expect(await sending.done).toMatchObject({ broken: 'aborted' })
    expect(isAlive(sending.processId)).toBe(false)
    slave.on('error', () => undefined).resume()
    if (!slave.closed) await once(slave, 'close')
  })
})
