import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  connectClient,
  findFreePorts,
  numberIn,
  readInfo,
  replServerPath,
  type ServerProcess,
  Workplace,
  waitUntil,
} from '@repl/harness'
import type { Redis } from 'ioredis'
import { CuttingProxy } from './cutting-proxy.ts'

/**
 * The situations that docs/replication/ speaks of, on repl-server and on redis-server: bytes that the master sent and
 * the time until the slave is in step. `node src/situations/main.ts`
 */

const KEYS = 200_000
const VALUE = 200
const signal = AbortSignal.timeout(600_000)

type Kind = 'repl-server' | 'redis-server'
interface Node {
  readonly client: Redis
  readonly server: ServerProcess
}

async function start(workplace: Workplace, kind: Kind, name: string, port: number, extra: string[]): Promise<Node> {
  const dir = await workplace.folder(name)
  const common = ['--port', String(port), '--dir', dir, '--repl-backlog-size', '1mb', ...extra]
  const server =
    kind === 'repl-server'
      ? await workplace.start(name, process.execPath, [replServerPath(), ...common])
      : await workplace.start(name, 'redis-server', [...common, '--save', '', '--repl-diskless-sync-delay', '0'])
  return { server, client: await connectClient({ server, port }, signal) }
}

async function write(client: Redis, from: number, count: number): Promise<void> {
  for (let i = from; i < from + count; i += 1000) {
    const pipeline = client.pipeline()
    for (let key = i; key < i + 1000; key++) pipeline.set(`key:${key}`, randomBytes(VALUE / 2).toString('hex'))
    await pipeline.exec()
  }
}

/** Many megabytes of writes that change little: the data set stays small. */
async function writeLong(client: Redis, megabytes: number): Promise<void> {
  for (let i = 0; i < megabytes; i++) {
    const pipeline = client.pipeline()
    for (let key = 0; key < 100; key++) pipeline.set(`long:${key}`, randomBytes(5000).toString('hex'))
    await pipeline.exec()
  }
}

function residentMegabytes(pid: number): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')
  return Math.round((Number(pages) * 4096) / 1e6)
}

async function inStep(master: Redis, slave: Redis): Promise<void> {
  await waitUntil({ awaited: 'the slave is in step', timeout: 120_000, signal }, async () => {
    const [mine, its] = await Promise.all([readInfo(master), readInfo(slave)])
    const isUp = its.get('master_link_status') === 'up'
    return isUp && numberIn(its, 'slave_repl_offset') === numberIn(mine, 'master_repl_offset') ? true : undefined
  })
}

async function row(
  kind: string,
  situation: string,
  proxy: CuttingProxy,
  master: Redis,
  work: () => Promise<void>,
): Promise<void> {
  await master.config('RESETSTAT')
  const before = numberIn(await readInfo(master), 'sync_full')
  const bytes = proxy.bytes
  const startedAt = performance.now()
  await work()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(2)
  const full = numberIn(await readInfo(master), 'sync_full') - before
  console.log(`| ${situation} | ${kind} | ${((proxy.bytes - bytes) / 1e6).toFixed(2)} MB | ${seconds} s | ${full} |`)
}

async function run(kind: Kind, label: string, extra: string[] = []): Promise<void> {
  await using workplace = await Workplace.open('repl-situations-')
  const [masterPort, slavePort] = await findFreePorts(2)
  let master = await start(workplace, kind, 'master', masterPort!, extra)
  using proxy = await CuttingProxy.open(masterPort!)
  await write(master.client, 0, KEYS)
  const follow = ['--replicaof', `127.0.0.1 ${proxy.port}`]
  const begin = () => start(workplace, kind, 'slave', slavePort!, follow)
  let slave!: Node
  await row(label, 'first synchronisation', proxy, master.client, async () => {
    slave = await begin()
    await inStep(master.client, slave.client)
  })
  await write(master.client, 0, 20_000)
  await inStep(master.client, slave.client)
  slave.client.disconnect()
  await slave.server.kill()
  await row(label, 'slave killed by SIGKILL and started again', proxy, master.client, async () => {
    slave = await begin()
    await inStep(master.client, slave.client)
  })
  const residentBefore = residentMegabytes(master.server.pid)
  process.kill(slave.server.pid, 'SIGSTOP')
  await writeLong(master.client, 320)
  const residentAfter = residentMegabytes(master.server.pid)
  await row(label, 'slave stopped (SIGSTOP) for 320 MB of writes', proxy, master.client, async () => {
    process.kill(slave.server.pid, 'SIGCONT')
    await inStep(master.client, slave.client)
  })
  console.log(`| … memory of the master meanwhile | ${label} | +${residentAfter - residentBefore} MB | | |`)
  proxy.isBlocked = true
  await write(master.client, 0, 20_000)
  await row(label, 'link away for 20,000 writes, 1 MB of backlog', proxy, master.client, async () => {
    proxy.isBlocked = false
    await inStep(master.client, slave.client)
  })
  await slave.client.call('REPLICAOF', 'NO', 'ONE')
  slave.client.disconnect()
  await slave.server.kill()
  const [otherPort] = await findFreePorts(1)
  await row(label, 'transfer cut after 15 MB', proxy, master.client, async () => {
    void proxy.cutAfter(15_000_000)
    const other = await start(workplace, kind, 'other', otherPort!, follow)
    await inStep(master.client, other.client)
    other.client.disconnect()
    await other.server.kill()
  })
  await restartInTransfer()
  await row(label, 'five new slaves at once', proxy, master.client, async () => {
    const ports = await findFreePorts(5)
    const slaves = await Promise.all(ports.map((port, i) => start(workplace, kind, `many-${i}`, port, follow)))
    await Promise.all(slaves.map((each) => inStep(master.client, each.client)))
    for (const each of slaves) {
      each.client.disconnect()
      await each.server.kill()
    }
  })
  master.client.disconnect()

  /** Not a `row`: the master that is asked afterwards is another one. */
  async function restartInTransfer(): Promise<void> {
    // Redis keeps no append-only file here, and would lose everything.
    if (kind === 'redis-server') await master.client.call('SAVE')
    const [port] = await findFreePorts(1)
    const bytes = proxy.bytes
    const startedAt = performance.now()
    const cut = proxy.cutAfter(15_000_000)
    const slave = await start(workplace, kind, 'resumed', port!, follow)
    await cut
    proxy.isBlocked = true
    master.client.disconnect()
    await master.server.kill()
    master = await start(workplace, kind, 'master', masterPort!, extra)
    proxy.isBlocked = false
    await inStep(master.client, slave.client)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2)
    const full = numberIn(await readInfo(master.client), 'sync_full')
    const sent = ((proxy.bytes - bytes) / 1e6).toFixed(2)
    console.log(
      `| transfer cut after 15 MB, master killed (SIGKILL) and started again | ${label} | ${sent} MB | ${seconds} s | ${1 + full} |`,
    )
    slave.client.disconnect()
    await slave.server.kill()
  }
}

console.log('| situation | server | master sent | time | full synchronisations |\n| --- | --- | --- | --- | --- |')
await run('repl-server', 'repl-server')
await run('repl-server', 'repl-server, zstd level 3', ['--repl-compression', 'yes', '--repl-compression-level', '3'])
await run('redis-server', 'redis-server 7.0.15')
