import { findFreePorts, Workplace } from '@repl/harness'
import { expect, it } from 'vitest'
import { NodeUnderTest, PATIENCE, untilInStep } from '../src/node-under-test.ts'

async function follow(slave: NodeUnderTest, master: NodeUnderTest): Promise<void> {
  await slave.client.call('REPLICAOF', '127.0.0.1', String(master.port))
  await untilInStep(master, slave)
}

async function expectEqual(...nodes: readonly NodeUnderTest[]): Promise<void> {
  const digests = await Promise.all(nodes.map(({ client }) => client.call('DEBUG', 'DIGEST')))
  expect(new Set(digests).size).toBe(1)
}

/** Copies that these nodes have sent since each of them was started. */
async function copiesSent(...nodes: readonly NodeUnderTest[]): Promise<number> {
  const counts = await Promise.all(nodes.map((node) => node.infoNumber('sync_full')))
  return counts.reduce((sum, count) => sum + count, 0)
}

it('whoever shares the history goes on, in every order of restarts and after promotions; who has diverged is copied', {
  timeout: 6 * PATIENCE,
}, async ({ signal }) => {
  await using workplace = await Workplace.open('repl-shared-history-')
  const ports = await findFreePorts(3)
  const node = (name: string, i: number): NodeUnderTest => new NodeUnderTest(workplace, name, ports[i]!, [], signal)
  const [top, middle, last] = [node('top', 0), node('middle', 1), node('last', 2)]
  const all = [top, middle, last]
  for (const each of all) await each.start()
  await top.client.set('round', 0)
  await follow(middle, top)
  await follow(last, middle)

  // A chain, whose nodes are killed and started again in every order.
  const orders = [0, 1, 2].flatMap((a) => [0, 1, 2].flatMap((b) => (a === b ? [] : [[a, b, 3 - a - b]])))
  for (const [round, order] of orders.entries()) {
    await top.client.set('round', round + 1)
    for (const i of order) await all[i]!.kill()
    for (const i of [...order].reverse()) await all[i]!.start()
    await top.client.set('restarted', round)
    await untilInStep(top, middle)
    await untilInStep(middle, last)
    expect(await copiesSent(...all), `copies after order ${order}`).toBe(0)
    await expectEqual(...all)
  }

  // The middle is promoted while the top is away; the top wrote nothing since, and comes back as its slave.
  await top.kill()
  await middle.client.call('REPLICAOF', 'NO', 'ONE')
  await middle.client.set('written by', 'the middle')
  await untilInStep(middle, last)
  await top.start()
  await follow(top, middle)
  expect(await copiesSent(...all)).toBe(0)
  await expectEqual(...all)

  // The roles change in order, with a slave of the slave below.
  await middle.client.call('FAILOVER', 'TO', '127.0.0.1', String(last.port))
  await last.waitFor('the last one is the master', async () => (await last.infoText('role')) === 'master')
  await last.client.set('written by', 'the last')
  await untilInStep(last, middle)
  await untilInStep(middle, top)
  expect(await copiesSent(...all)).toBe(0)
  await expectEqual(...all)

  // A loop is refused, and said why.
  await last.client.call('REPLICAOF', '127.0.0.1', String(top.port))
  await last.waitFor('the loop is noticed', async () => {
    return (await last.infoText('master_link_error_code')) === 'REPLICATION_LOOP'
  })
  await last.client.call('REPLICAOF', 'NO', 'ONE')
  await last.client.set('opened', 'again')
  await untilInStep(last, middle)

  // Two masters of one history: what only one of them has is gone when it follows the other, by a copy.
  await top.client.call('REPLICAOF', 'NO', 'ONE')
  await top.client.set('only', 'here')
  await last.client.set('only', 'there')
  await follow(top, last)
  expect(await copiesSent(last)).toBe(1)
  expect(await copiesSent(top, middle)).toBe(0)
  expect(await top.client.get('only')).toBe('there')
  await untilInStep(last, middle)
  await expectEqual(...all)
})
