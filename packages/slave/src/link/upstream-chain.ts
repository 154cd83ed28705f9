import { ReplicationLoopError } from '../errors.ts'

/** So many nodes above are known, and told to those below: as many as a message may name. */
const LONGEST_CHAIN = 1024

/** The run ids of the nodes above: the master, and those that it says it is fed through, nearest first. */
export function upstreamOf(masterRunId: string, runIds: readonly string[] = []): readonly string[] {
  return [masterRunId, ...runIds].slice(0, LONGEST_CHAIN)
}

/** Why `master` can't be followed by the node of this run id, where that is above it; null where it is not. */
export function loopThrough(runId: string, upstream: readonly string[], master: string): ReplicationLoopError | null {
  const place = upstream.indexOf(runId)
  if (place < 0) return null
  return new ReplicationLoopError(
    place === 0
      ? `${master} is this node itself`
      : `${master} is fed by this node, ${place} links up the chain: following it would close a loop without a master`,
  )
}

/** Whether both name the same nodes in the same order. */
export function isSameChain(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((runId, i) => runId === other[i])
}
