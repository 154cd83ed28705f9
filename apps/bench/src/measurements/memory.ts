import { setTimeout as sleep } from 'node:timers/promises'
import { numberIn, readInfo } from '@repl/harness'
import type { RunningServer } from '../peers/peer.ts'

/** Time for a server to finish what it put off (garbage, rehashing, sampling its own RSS), in ms. */
const SETTLING = 1500

/** What a server uses, in bytes, by its own INFO memory. */
export interface Memory {
  readonly used: number
  readonly resident: number
}

/** Reads a server's memory, once it has come to rest. */
export async function readMemory(server: RunningServer, signal: AbortSignal): Promise<Memory> {
  await sleep(SETTLING, undefined, { signal })
  const info = await readInfo(server.client, 'memory')
  return { used: numberIn(info, 'used_memory'), resident: numberIn(info, 'used_memory_rss') }
}

/** What each of `keys` keys costs that were added between two readings, in bytes. */
export function memoryPerKey(before: Memory, after: Memory, keys: number): Memory {
  return { used: (after.used - before.used) / keys, resident: (after.resident - before.resident) / keys }
}
