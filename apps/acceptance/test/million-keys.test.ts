import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { findFreePorts, Workplace } from '@repl/harness'
import { expect, it } from 'vitest'
import { NodeUnderTest, untilInStep } from '../src/node-under-test.ts'
import { isInstalled } from '../src/redis-tools.ts'

const KEYS = 1_000_000

/** SETs of 100 bytes on a million keys by 50 clients. */
async function benchmark(port: number): Promise<void> {
  const args = ['-p', port, '-t', 'set', '-n', KEYS, '-r', KEYS, '-d', 100, '-c', 50, '-P', 32, '-q'].map(String)
  const child = spawn('redis-benchmark', args, { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}

it.skipIf(!isInstalled('redis-benchmark'))(
  'a million keys replicate to a slave that is attached while 50 clients go on writing (skipped without redis-benchmark)',
  async ({ signal, annotate }) => {
    await using workplace = await Workplace.open('repl-million-keys-')
    const [masterPort, slavePort] = await findFreePorts(2)
    const master = new NodeUnderTest(workplace, 'master', masterPort!, [], signal)
    const slave = new NodeUnderTest(workplace, 'slave', slavePort!, [], signal)
    await master.start()
    await slave.start()
    await benchmark(master.port)
    await master.client.config('RESETSTAT')

    const writing = benchmark(master.port)
    await slave.client.call('SLAVEOF', '127.0.0.1', masterPort!)
    await slave.waitFor('the slave is online', async () => (await slave.infoText('master_link_status')) === 'up')
    await writing
    await untilInStep(master, slave)
    await annotate(`event_loop_delay_max_ms of the master: ${await master.infoText('event_loop_delay_max_ms')}`)

    expect(await slave.client.call('DEBUG', 'DIGEST')).toBe(await master.client.call('DEBUG', 'DIGEST'))
  },
)
