import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CommandArguments } from '../../src/commands/command-arguments.ts'
import { storeCommands } from '../../src/commands/command-table.ts'
import { digestSnapshot } from '../../src/digest/snapshot-digest.ts'
import { Store } from '../../src/store/store.ts'
import type { WaitingClient } from '../../src/store/waiting-clients.ts'
import { type BlockingStep, blockingSteps, CLIENTS } from './blocking-steps.ts'
import type { CommandParts } from './command-sequences.ts'
import { RedisPeer, redisPeerAbsence } from './redis-peer.ts'
import { RespTextReply } from './resp-text-reply.ts'

const SEQUENCES = Number(process.env['COMMAND_SEQUENCES'] ?? 60)
const SEED = process.env['COMMAND_SEED'] === undefined ? {} : { seed: Number(process.env['COMMAND_SEED']) }
const UNBLOCKED = 'UNBLOCKED client unblocked via CLIENT UNBLOCK'
const INSPECTED = ['a', 'b', 'c', 'z', 'y']

/** A client of the store, whose replies are kept as text. */
class StoreClient implements WaitingClient {
  readonly reply = new RespTextReply()
  isWaiting = false
  onWaiting(): void {
    this.isWaiting = true
  }
  onAnswered(): void {
    this.isWaiting = false
  }
}

/** A connection to redis-server that only collects what comes. */
class PeerClient {
  readonly socket: Socket
  received = ''
  /** As CLIENT UNBLOCK names it. */
  id = ''

  constructor(path: string) {
    this.socket = createConnection(path)
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.received += text
    })
  }

  send(...parts: CommandParts): void {
    const words = parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`)
    this.socket.write(`*${parts.length}\r\n${words.join('')}`)
  }
}

/** The same clients of a store and of a redis-server. */
class Pair implements AsyncDisposable {
  readonly store: Store
  readonly #peer: RedisPeer
  readonly #ours = Array.from({ length: CLIENTS }, () => new StoreClient())
  readonly #theirs: PeerClient[] = []
  #waiting = 0

  constructor(store: Store, peer: RedisPeer) {
    this.store = store
    this.#peer = peer
  }

  async connect(path: string): Promise<void> {
    await this.#peer.call('FLUSHALL')
    for (let i = 0; i < CLIENTS; i++) {
      const client = new PeerClient(path)
      this.#theirs.push(client)
      await once(client.socket, 'connect')
      client.send('client', 'id')
      while (!client.received.endsWith('\r\n')) await once(client.socket, 'data')
      client.id = client.received.slice(1, -2)
      client.received = ''
    }
  }

  /** Does a step on both sides and compares what all clients have received because of it. */
  async do(step: BlockingStep): Promise<void> {
    const ours = this.#ours[step.client]!
    const theirs = this.#theirs[step.client]!
    // A client that waits sends nothing.
    if (step.kind !== 'unblock' && step.kind !== 'leave' && ours.isWaiting) return
    switch (step.kind) {
      case 'command':
        theirs.send(...step.parts)
        this.#execute(ours, step.parts)
        break
      case 'transaction':
        theirs.send('multi')
        for (const parts of step.commands) theirs.send(...parts)
        theirs.send('exec')
        ours.reply.status('OK')
        for (const _ of step.commands) ours.reply.status('QUEUED')
        ours.reply.array(step.commands.length)
        this.store.inUnit(() => {
          for (const parts of step.commands) this.#execute(ours, parts)
        })
        break
      case 'unblock':
        await this.#peer.call('client', 'unblock', theirs.id, step.isError ? 'error' : 'timeout')
        this.store.waitingClients.release(ours, step.isError ? UNBLOCKED : null)
        break
      case 'leave':
        if (!ours.isWaiting) return
        theirs.socket.destroy()
        this.store.waitingClients.remove(ours)
        // It never comes back, and stays as it is: waiting.
        this.#waiting--
    }
    const expected = this.#ours.map((client) => client.reply.take())
    await this.#settle(expected)
    expect({ step, received: this.#theirs.map((client) => client.received) }).toEqual({ step, received: expected })
    for (const client of this.#theirs) client.received = ''
  }

  /** What both hold in the end. */
  async compare(): Promise<void> {
    const reply = new RespTextReply()
    for (const key of INSPECTED) {
      const parts = [key === 'z' || key === 'y' ? 'zrange' : 'lrange', key, '0', '-1']
      this.store.execute(storeCommands.get(parts[0]!)!, CommandArguments.of(...parts), reply)
      expect([key, reply.take()]).toEqual([key, await this.#peer.call(...parts)])
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#theirs) client.socket.destroy()
    await this.#blocked(0)
  }

  #execute(client: StoreClient, parts: CommandParts): void {
    this.store.execute(storeCommands.get(parts[0]!)!, CommandArguments.of(...parts), client.reply, 0, client)
  }

  /** Waits until redis-server's clients have received as much, and as many are blocked. */
  async #settle(expected: readonly string[]): Promise<void> {
    this.#waiting = this.store.waitingClients.size
    const deadline = Date.now() + 3000
    await this.#blocked(this.#waiting)
    const isThere = () => this.#theirs.every((client, i) => client.received.length >= expected[i]!.length)
    while (!isThere() && Date.now() < deadline) await new Promise(setImmediate)
  }

  async #blocked(count: number): Promise<void> {
    const deadline = Date.now() + 3000
    for (;;) {
      const [, blocked] = /blocked_clients:(\d+)/.exec(await this.#peer.call('info', 'clients'))!
      if (Number(blocked) === count) return
      if (Date.now() >= deadline) throw new Error(`${blocked} clients wait, and not ${count}`)
    }
  }
}

/** A copy of a store's data that was made of its stream alone. */
async function digestOfCopy(store: Store): Promise<string> {
  await using copy = await Store.open()
  copy.follow()
  using reader = store.journal.reader(store.journal.firstOffset)
  for (;;) {
    const piece = await reader.next(1 << 20)
    if (piece === null) return digestOf(copy)
    copy.applyStream(piece)
  }
}

async function digestOf(store: Store): Promise<string> {
  using snapshot = store.dataSet.keySpace(0).openSnapshot()
  return String(await digestSnapshot(snapshot))
}

describe.skipIf(redisPeerAbsence !== null)(`clients that wait (${redisPeerAbsence ?? 'compared'})`, () => {
  let peer: RedisPeer
  let path: string
  beforeAll(async () => {
    peer = await RedisPeer.start()
    path = (await peer.call('CONFIG', 'GET', 'unixsocket')).split('\r\n')[4]!
  })
  afterAll(() => peer[Symbol.asyncDispose]())

  test(
    'are served as by redis-server, and the stream makes an equal copy',
    async () => {
      const property = fc.asyncProperty(blockingSteps(40), async (steps) => {
        await using store = await Store.open()
        await using pair = new Pair(store, peer)
        await pair.connect(path)
        for (const step of steps) await pair.do(step)
        await pair.compare()
        expect(await digestOfCopy(store)).toBe(await digestOf(store))
      })
      await fc.assert(property, { numRuns: SEQUENCES, ...SEED })
    },
    60_000 + SEQUENCES * 2000,
  )
})
