import type { Workplace } from '@repl/harness'
import { measureFullSynchronization, waitForLink } from './measurements/full-synchronization.ts'
import { loadKeys, Values } from './measurements/load-keys.ts'
import { memoryPerKey, readMemory } from './measurements/memory.ts'
import { measureSetThroughput } from './measurements/set-throughput.ts'
import type { Sample } from './metric.ts'
import { type Durability, type Peer, stopServers } from './peers/peer.ts'

/** Without a pipeline a request takes so many times longer; the run is shorter by that. */
const SINGLY_FEWER = 5

/** What a run of one server is to be. */
export interface RunSetup {
  readonly workplace: Workplace
  /** Tells this run's folders from others'. */
  readonly run: number
  readonly keys: number
  readonly hasBenchmark: boolean
  readonly signal: AbortSignal
}

/** Measures everything once, on one server. */
export async function runPeer(peer: Peer, setup: RunSetup): Promise<Sample> {
  const sample: Sample = await measureCopying(peer, setup)
  if (!setup.hasBenchmark) return sample
  const plain = await measureSets(peer, setup, 'none')
  const journaled = await measureSets(peer, setup, 'everysec')
  return {
    ...sample,
    setPipelined: plain.pipelined,
    setSingly: plain.singly,
    setPipelinedJournaled: journaled.pipelined,
    setSinglyJournaled: journaled.singly,
  }
}

/** Memory while a master is filled, then a full synchronisation of what is in it. */
async function measureCopying(peer: Peer, setup: RunSetup): Promise<Sample> {
  const { workplace, run, keys, signal } = setup
  const values = new Values()
  const master = await peer.start(workplace, `${peer.name}-${run}-master`, 'none', signal)
  const empty = await readMemory(master, signal)
  await loadKeys(master.port, keys, values, signal)
  const perKey = memoryPerKey(empty, await readMemory(master, signal), keys)
  const slave = await peer.start(workplace, `${peer.name}-${run}-slave`, 'none', signal)
  const fullSynchronization = await measureFullSynchronization(master, slave, keys, values, signal)
  await stopServers(slave, master)
  return {
    fullSynchronization,
    usedMemoryPerKey: perKey.used,
    residentPerKey: perKey.resident,
    residentEmpty: empty.resident,
  }
}

async function measureSets(peer: Peer, setup: RunSetup, durability: Durability) {
  const { workplace, run, keys, signal } = setup
  const name = `${peer.name}-${run}-${durability}`
  const master = await peer.start(workplace, `${name}-master`, durability, signal)
  const slave = await peer.start(workplace, `${name}-slave`, durability, signal)
  await slave.client.slaveof('127.0.0.1', master.port)
  await waitForLink(slave, signal)
  const pipelined = await measureSetThroughput(master, slave, { requests: keys, pipeline: 32, keys }, signal)
  const requests = Math.ceil(keys / SINGLY_FEWER)
  const singly = await measureSetThroughput(master, slave, { requests, pipeline: 1, keys }, signal)
  await stopServers(slave, master)
  return { pipelined, singly }
}
