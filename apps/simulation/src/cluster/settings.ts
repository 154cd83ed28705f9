import type { FsyncPolicy } from '@repl/store'
import type { Random } from '../runtime/random.ts'

/** What one seed's world is made of. */
export interface WorldSettings {
  readonly nodes: readonly NodeSettings[]
  readonly password: string | null
  /** How long things go wrong, in ms. */
  readonly storm: number
  /** Between two writes of clients, on average, in ms. */
  readonly writePeriod: number
  /** Between two troubles, on average, in ms. */
  readonly troublePeriod: number
  /** How many keys there are to write. */
  readonly keys: number
  /** Whether some values are longer than one piece of the stream. */
  readonly hasHugeValues: boolean
}

/** How one node is set up. */
export interface NodeSettings {
  readonly name: string
  readonly appendfsync: FsyncPolicy
  /** How far its wall clock is from the others', in ms. */
  readonly clockSkew: number
  readonly backlogBytes: number
  readonly journalRetainBytes: number
  readonly journalSegmentBytes: number
  readonly autoSnapshotBytes: number
  readonly compression: boolean
  /** ms of the journal that are kept for slaves that are away. */
  readonly journalRetainMilliseconds: number
  /** ms between two digests of the data set in the stream; 0 for none. */
  readonly digestPeriod: number
  /** ms between two readings of all memory; 0 for never. */
  readonly memoryCheckPeriod: number
  /** ms that a piece of the stream waits for more at most. */
  readonly streamDelay: number
  /** Snapshots that are sent at a time; 0 for any number. */
  readonly maxTransfers: number
  readonly snapshotBytesPerSecond: number
  /** ms that memory keeps the end of the stream without any slave; 0 for ever. */
  readonly backlogRetention: number
  /** Whether snapshots are sent while they are written, and when they are loaded while they are received. */
  readonly disklessSync: boolean
  readonly disklessLoad: 'disabled' | 'on-empty-db' | 'swapdb'
}

const DISKLESS_LOADS = ['disabled', 'on-empty-db', 'swapdb'] as const
const POLICIES: readonly FsyncPolicy[] = ['always', 'everysec', 'no']

/** Draws a world. Small in everything, so that limits are met often and a run is short. */
export function drawSettings(random: Random): WorldSettings {
  const policy = random.pick(POLICIES)
  const isMixed = random.chance(0.3)
  const count = random.weighted([
    [2, 2],
    [5, 3],
    [3, 4],
  ])
  const nodes = Array.from({ length: count }, (_, index) => ({
    name: `n${index + 1}`,
    appendfsync: isMixed ? random.pick(POLICIES) : policy,
    clockSkew: random.chance(0.5) ? 0 : Math.round(random.between(-3_000, 3_000)),
    backlogBytes: random.pick([512, 4_096, 65_536]),
    journalRetainBytes: random.pick([1_024, 16_384, 1_000_000]),
    journalSegmentBytes: random.pick([1_024, 4_096, 65_536]),
    autoSnapshotBytes: random.pick([0, 4_096, 32_768]),
    compression: random.chance(0.3),
    journalRetainMilliseconds: random.pick([0, 0, 2_000, 3_600_000]),
    digestPeriod: random.pick([0, 200, 1_000]),
    memoryCheckPeriod: random.pick([0, 1_500]),
    streamDelay: random.pick([0, 0, 30]),
    maxTransfers: random.pick([0, 1, 8]),
    snapshotBytesPerSecond: random.pick([0, 0, 100_000]),
    backlogRetention: random.pick([0, 1_000]),
    disklessSync: random.chance(0.7),
    disklessLoad: random.pick(DISKLESS_LOADS),
  }))
  return {
    nodes,
    password: random.chance(0.1) ? 'secret' : null,
    storm: random.between(2_000, 6_500),
    writePeriod: random.between(10, 50),
    troublePeriod: random.between(150, 800),
    keys: random.pick([5, 20, 60]),
    hasHugeValues: random.chance(0.15),
  }
}
