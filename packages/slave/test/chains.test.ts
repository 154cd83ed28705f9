import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Master } from '@repl/master'
import type { Store } from '@repl/store'
import { describe, expect, it } from 'vitest'
import type { Slave } from '../src/index.ts'
import { Bench, caughtUp, contentOf, failedWith, until } from './pair.ts'

interface Node {
  readonly store: Store
  readonly master: Master
  readonly slave: Slave
  readonly port: number
}

/** A node that can be both: a slave, and the master of others. */
async function openNode(bench: Bench, name: string): Promise<Node> {
  const store = await bench.store(name)
  const slave: Slave = bench.slave(store)
  const { master, port } = await bench.master(store, {
    takeOver: (replicationId, offset) => slave.takeOver(replicationId, offset),
  })
  return { store, master, slave, port }
}

async function follow(node: Node, master: Node): Promise<void> {
  node.slave.slaveof('127.0.0.1', master.port)
  await node.slave.online()
  await caughtUp(master.store, node.store)
}

/** A chain: each follows the one before. */
async function openChain(bench: Bench, length: number): Promise<Node[]> {
  const nodes: Node[] = []
  for (let i = 0; i < length; i++) nodes.push(await openNode(bench, `node-${i}`))
  nodes[0]!.store.set('from', 'the top')
  for (let i = 1; i < length; i++) await follow(nodes[i]!, nodes[i - 1]!)
  return nodes
}

const fullSynchronizations = (nodes: readonly Node[]): number =>
  nodes.reduce((sum, { slave }) => sum + slave.statistics.fullSynchronizations, 0)

describe('a chain', () => {
  it('has the same bytes at the same offsets at any depth, and goes on after promotions in it', async () => {
    await using bench = await Bench.open()
    const nodes = await openChain(bench, 6)
    const [top, second, third, fourth] = nodes as [Node, Node, Node, Node, Node, Node]
    const last = nodes.at(-1)!
    top.store.set('written', 'at the top')
    await caughtUp(top.store, last.store)
    expect(contentOf(last.store)).toEqual(contentOf(top.store))
    await until(() => last.store.upstream.length === 5)
    expect(last.store.upstream).toEqual(
      nodes
        .slice(0, -1)
        .reverse()
        .map(({ store }) => store.runId),
    )
    const before = fullSynchronizations(nodes)

    // In the middle: who hangs below goes on below.
    third.slave.slaveof(null)
    await until(() => !third.store.isReadOnly)
    third.store.set('written', 'in the middle')
    await caughtUp(third.store, last.store)
    await until(() => last.store.upstream.length === 3)
    expect(fullSynchronizations(nodes)).toBe(before)

    // What is left of the top joins below the new master: it has written nothing since, so it is a copy.
    await follow(top, fourth)
    await until(() => second.store.history.replicationId === third.store.history.replicationId)
    await caughtUp(third.store, second.store)
    expect(contentOf(second.store)).toEqual(contentOf(third.store))
    expect(fullSynchronizations(nodes)).toBe(before)
  })

  it('never feeds a node that has written on its own as if it had not', async () => {
    await using bench = await Bench.open()
    const [top, second, third] = (await openChain(bench, 3)) as [Node, Node, Node]
    second.slave.slaveof(null)
    await until(() => !second.store.isReadOnly)
    second.store.set('new', 'history')
    top.store.set('lost', 'write')
    await follow(top, second)
    expect(top.slave.statistics).toMatchObject({ fullSynchronizations: 1, partialSynchronizations: 0 })
    await caughtUp(second.store, third.store)
    expect(third.slave.statistics.fullSynchronizations).toBe(1)
    expect(contentOf(top.store)).toEqual(contentOf(second.store))
  })

  it('that would bite its own tail is refused, and goes on where it is opened', async () => {
    await using bench = await Bench.open()
    const [top, , last] = (await openChain(bench, 3)) as [Node, Node, Node]
    await until(() => last.store.upstream.length === 2)
    top.slave.slaveof('127.0.0.1', last.port)
    const error = await failedWith(top.slave, 'REPLICATION_LOOP')
    expect(error.message).toContain(`127.0.0.1:${last.port} is fed by this node, 2 links up the chain`)
    expect(fullSynchronizations([top])).toBe(0)
    last.slave.slaveof(null)
    await top.slave.online()
    expect(top.store.upstream).toEqual([last.store.runId])
    expect(fullSynchronizations([top])).toBe(0)
  })

  it('of a node and itself is refused', async () => {
    await using bench = await Bench.open()
    const node = await openNode(bench, 'node')
    node.slave.slaveof('127.0.0.1', node.port)
    expect((await failedWith(node.slave, 'REPLICATION_LOOP')).message).toContain('is this node itself')
  })

  it('that two nodes close at the same moment is noticed by the links that stand', async () => {
    await using bench = await Bench.open()
    const nodes = [await openNode(bench, 'a'), await openNode(bench, 'b'), await openNode(bench, 'c')]
    for (const [i, { slave }] of nodes.entries()) slave.slaveof('127.0.0.1', nodes[(i + 1) % 3]!.port)
    await Promise.race(nodes.map(({ slave }) => failedWith(slave, 'REPLICATION_LOOP')))
  })
})

/** The code of the error with which the next hand-over is refused. */
const refusal = (slave: Slave): Promise<string> =>
  new Promise((resolve) => slave.once('takeOverRefused', ({ code }) => resolve(code)))

describe('handing over', () => {
  it('makes the slave the master before the master is its slave, and copies nothing', async () => {
    await using bench = await Bench.open()
    const [old, next] = (await openChain(bench, 2)) as [Node, Node]
    const other = await openNode(bench, 'other')
    await follow(other, old)
    const hold = old.store.holdWrites()
    expect(() => old.store.set('held', 'back')).toThrow('TRYAGAIN')
    const before = fullSynchronizations([old, next, other])
    const caught = await old.master.whenCaughtUp(({ port }) => port === 0, 0, new AbortController().signal)
    expect(caught).not.toBeNull()
    const handedOver = once(old.slave, 'handedOver')
    old.slave.slaveof('127.0.0.1', next.port, { takeOver: true })
    await handedOver
    hold[Symbol.dispose]()
    expect(next.store.isReadOnly).toBe(false)
    expect(next.slave.master).toBeNull()
    expect(() => old.store.set('a', 'slave')).toThrow('READONLY')
    next.store.set('the new', 'master')
    await caughtUp(next.store, old.store)
    await caughtUp(next.store, other.store)
    expect(contentOf(other.store)).toEqual(contentOf(next.store))
    expect(fullSynchronizations([old, next, other])).toBe(before)
    expect(next.store.upstream).toEqual([])
  })

  it('is gone on with after a restart in the middle of it', async () => {
    await using bench = await Bench.open()
    const [old, next] = (await openChain(bench, 2)) as [Node, Node]
    await next.master.close()
    old.slave.slaveof('127.0.0.1', next.port, { takeOver: true })
    await failedWith(old.slave, 'MASTER_UNREACHABLE')
    await old.slave.close()
    await old.master.close()
    await old.store.close()
    const listening = new Master(next.store, { takeOver: (...handedOver) => next.slave.takeOver(...handedOver) })
    bench.defer(() => listening.close())
    await listening.listen({ port: next.port })
    const store = await bench.store('node-0')
    const slave = bench.slave(store)
    expect(slave.restore()).toEqual({ host: '127.0.0.1', port: next.port })
    await slave.online()
    expect(next.store.isReadOnly).toBe(false)
    expect(slave.statistics).toMatchObject({ fullSynchronizations: 0, partialSynchronizations: 1 })
    expect(readFileSync(join(store.directory, 'master-address.json'), 'utf8')).not.toContain('takeOver')
  })

  it('is refused by a node of another history, and by one that takes over from nobody', async () => {
    await using bench = await Bench.open()
    const old = await openNode(bench, 'old')
    const stranger = await openNode(bench, 'stranger')
    stranger.store.set('my', 'own')
    old.store.set('not', 'yours')
    const refused = refusal(old.slave)
    old.slave.slaveof('127.0.0.1', stranger.port, { takeOver: true })
    expect(await refused).toBe('TAKE_OVER_REFUSED')
    old.slave.slaveof(null)
    await until(() => !old.store.isReadOnly)
    const plain = await bench.master(await bench.store('plain'))
    const refusedAgain = refusal(old.slave)
    old.slave.slaveof('127.0.0.1', plain.port, { takeOver: true })
    expect(await refusedAgain).toBe('TAKE_OVER_REFUSED')
    expect(old.store.get('not')?.toString()).toBe('yours')
  })

  it('is refused by a slave that lacks writes, unless their loss is accepted', async () => {
    await using bench = await Bench.open()
    const [old, next] = (await openChain(bench, 2)) as [Node, Node]
    await next.slave.close()
    old.store.set('only', 'here')
    const slave = bench.slave(next.store)
    // It follows a master that is not there any more, as a slave does that was killed and has come back.
    slave.slaveof('127.0.0.1', 1)
    const master = await bench.master(next.store, { takeOver: (...handedOver) => slave.takeOver(...handedOver) })
    const refused = refusal(old.slave)
    old.slave.slaveof('127.0.0.1', master.port, { takeOver: true })
    expect(await refused).toBe('TAKE_OVER_REFUSED')
    expect(next.store.isReadOnly).toBe(true)
    const handedOver = once(old.slave, 'handedOver')
    old.slave.slaveof('127.0.0.1', master.port, { takeOver: true, acceptsLoss: true })
    await handedOver
    expect(next.store.isReadOnly).toBe(false)
    await old.slave.online()
    expect(old.store.get('only')).toBeNull()
  })
})
