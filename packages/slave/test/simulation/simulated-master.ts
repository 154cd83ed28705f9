import {
  type MasterFacts,
  type MasterLinkAction,
  type MasterLinkInput,
  MasterLinkState,
  type SnapshotOffer,
} from '@repl/master'
import type { MasterMessage, SlaveMessage, SnapshotMessage } from '@repl/protocol'
import { Ticker, type Wire, type World } from './world.ts'
import { idOf, toBytes, type Writes } from './writes.ts'

/** What stands in a snapshot file before the data. */
const FILE_HEADER: Writes = [-1, -2, -3]

/** Faults that a test plants, to see that the simulation finds them. */
export interface Plants {
  readonly everyHistoryIsShared?: boolean
  /** Sends the stream so many bytes too late, and claims the right offset. */
  readonly streamsShifted?: number
  readonly readsBeyondDurable?: boolean
}

/** One life of a master, from a start to a crash. The log of a life only grows. */
export interface Life {
  readonly log: number[]
  readonly replicationId: string
  readonly former: readonly { readonly replicationId: string; readonly offset: number }[]
}

/** A master whose journal is a row of numbers. */
export class SimulatedMaster {
  life: Life
  firstOffset = 0
  durableOffset = 0
  fullSynchronizations = 0
  partialSynchronizations = 0
  readonly links = new Set<SimulatedMasterLink>()
  readonly world: World
  readonly plants: Plants
  latest: { offer: SnapshotOffer; file: Writes } | null = null
  private lives = 1
  private writes = 0

  constructor(world: World, plants: Plants) {
    this.world = world
    this.plants = plants
    this.life = { log: [], replicationId: idOf(0xa000 + this.lives), former: [] }
  }

  write(): void {
    for (let count = 1 + this.world.below(4); count > 0; count--) {
      this.life.log.push(this.writes++)
    }
  }

  flush(): void {
    this.durableOffset = this.life.log.length
    for (const link of this.links) link.pump()
  }

  /** Forgets the beginning of the journal, but nothing that a link still reads. */
  trim(): void {
    const needed = [...this.links].map((link) => link.neededFrom)
    this.firstOffset = Math.max(this.firstOffset, Math.min(this.world.below(this.durableOffset + 1), ...needed))
  }

  /** Dies, loses what was not durable, comes back under a new id. */
  crash(): void {
    for (const link of [...this.links]) link.vanish()
    const { log, replicationId, former } = this.life
    this.lives++
    const kept = log.slice(0, this.durableOffset)
    this.life = {
      log: kept,
      replicationId: idOf(0xa000 + this.lives),
      former: [{ replicationId, offset: kept.length }, ...former],
    }
    this.latest = null
  }

  get facts(): MasterFacts {
    const { life, plants } = this
    return {
      replicationId: life.replicationId,
      former: life.former,
      firstOffset: this.firstOffset,
      readableOffset: plants.readsBeyondDurable ? life.log.length : this.durableOffset,
      endOffset: life.log.length,
      isPrefix: (id, offset) =>
        plants.everyHistoryIsShared === true ||
        id === life.replicationId ||
        life.former.some((former) => former.replicationId === id && offset <= former.offset),
    }
  }

  snapshot(): { offer: SnapshotOffer; file: Writes } {
    const { latest, life } = this
    if (latest !== null && latest.offer.offset >= this.firstOffset && this.world.chance(0.7)) return latest
    const offset = this.durableOffset
    const file = [...FILE_HEADER, ...life.log.slice(0, offset)]
    const offer: SnapshotOffer = {
      id: `${life.replicationId}-${offset}`,
      replicationId: life.replicationId,
      offset,
      size: file.length,
      token: new Uint8Array(32),
      origin: 'simulated',
    }
    this.latest = { offer, file }
    return this.latest
  }
}

/** The data that a snapshot file holds. */
export function contentOfFile(file: Writes): number[] {
  return file.slice(FILE_HEADER.length)
}

/** The master's end of a link. */
export class SimulatedMasterLink {
  readonly life: Life
  readonly master: SimulatedMaster
  readonly state: MasterLinkState
  /** Set by whoever makes the connection. */
  toSlave: Wire<MasterMessage> | null = null
  file: Writes | null = null
  private readonly ticker: Ticker
  private readonly onDecided: (kind: 'partial' | 'full') => void
  private readerOffset = Number.POSITIVE_INFINITY

  constructor(master: SimulatedMaster, onDecided: (kind: 'partial' | 'full') => void) {
    this.master = master
    this.life = master.life
    this.onDecided = onDecided
    const { world } = master
    this.state = new MasterLinkState(
      {
        slave: 'slave',
        authenticator: null,
        capabilities: [],
        runId: idOf(1),
        timeout: 2_000,
        pingPeriod: 300,
        facts: () => master.facts,
      },
      world.now,
    )
    this.ticker = new Ticker(
      world,
      () => (master.links.has(this) ? this.state.deadline : Number.POSITIVE_INFINITY),
      () => this.give({ type: 'tick' }),
    )
    master.links.add(this)
    this.ticker.update()
  }

  get neededFrom(): number {
    return this.readerOffset
  }

  hear(message: SlaveMessage): void {
    this.give({ type: 'message', message })
  }

  give(input: MasterLinkInput): void {
    if (!this.master.links.has(this)) return
    for (const action of this.state.handle(input, this.master.world.now)) this.perform(action)
    this.ticker.update()
  }

  /** The process is gone, without a word. */
  vanish(): void {
    this.master.links.delete(this)
    if (this.toSlave !== null) this.toSlave.isCut = true
  }

  pump(): void {
    const { world, durableOffset, plants, facts } = this.master
    const end = plants.readsBeyondDurable ? facts.readableOffset : durableOffset
    while (this.state.phase === 'streaming' && this.readerOffset < end) {
      const length = Math.min(1 + world.below(6), end - this.readerOffset)
      const data = toBytes(this.life.log.slice(this.readerOffset, this.readerOffset + length))
      const { streamsShifted = 0 } = plants
      this.toSlave?.send({ type: 'streamChunk', offset: this.readerOffset - streamsShifted, data })
      this.readerOffset += length
      this.give({ type: 'streamed', offset: this.readerOffset })
    }
  }

  private perform(action: MasterLinkAction): void {
    const { master } = this
    const { plants } = master
    switch (action.type) {
      case 'send':
        this.toSlave?.send(action.message)
        return
      case 'partial':
      case 'full':
        this.onDecided(action.type)
        return
      case 'persist':
        master.world.after(master.world.below(200), () => {
          if (!master.links.has(this)) return
          if (master.world.chance(0.1)) {
            this.give({ type: 'snapshotFailed', error: new Error('the child died') })
            return
          }
          const { offer, file } = master.snapshot()
          this.file = file
          this.readerOffset = offer.offset
          this.give({ type: 'snapshotReady', offer })
        })
        return
      case 'stream':
        this.readerOffset = action.from + (plants.streamsShifted ?? 0)
        this.pump()
        return
      case 'close':
        if (action.refusal !== null) this.toSlave?.send({ type: 'refusal', ...action.refusal })
        master.links.delete(this)
    }
  }
}

/** Sends a file as the sending child does, with breaks. */
export function sendSimulatedFile(
  world: World,
  link: SimulatedMasterLink | null,
  from: number,
  wire: Wire<SnapshotMessage>,
  onBroken: () => void,
): void {
  const file = link?.file ?? null
  if (link === null || file === null || !link.master.links.has(link)) {
    wire.send({ type: 'refusal', code: 'NO_SUCH_SNAPSHOT', reason: '' })
    return
  }
  let at = from
  while (at < file.length) {
    const length = Math.min(1 + world.below(8), file.length - at)
    if (world.chance(0.05)) {
      world.after(40, onBroken)
      return
    }
    wire.send({ type: 'data', data: toBytes(file.slice(at, at + length)) })
    at += length
    link.give({ type: 'transferProgress', bytes: at })
  }
  wire.send({ type: 'end', size: file.length })
}
