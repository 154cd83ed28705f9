import { EventEmitter } from 'node:events'
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { acceptLink, acceptSnapshotFetch, type Capability, type SnapshotRequestMessage } from '@repl/protocol'
import { isPrefixOf, type SnapshotFile, type Store } from '@repl/store'
import { Acknowledgements, type Durability } from './acknowledgements.ts'
import { BacklogKeeper } from './backlog-keeper.ts'
import { DigestAnnouncer } from './digest/digest-announcer.ts'
import { type MasterError, SnapshotReplacedError } from './errors.ts'
import { makeAuthenticator } from './link/authenticator.ts'
import { MasterLink, type MasterLinkOwner } from './link/master-link.ts'
import type { Authenticator, MasterLinkPhase } from './link/master-link-contract.ts'
import type { MasterEvents, MasterStatistics } from './master-events.ts'
import {
  type LiveMasterOptions,
  type MasterOptions,
  type ResolvedMasterOptions,
  resolveMasterOptions,
} from './master-options.ts'
import { RateSharing } from './sending/rate-sharing.ts'
import type { SlaveStatus } from './slave-status.ts'
import { SnapshotGathering } from './snapshots/snapshot-gathering.ts'
import { SnapshotShelf } from './snapshots/snapshot-shelf.ts'
import { TransferLine } from './snapshots/transfer-line.ts'
import type { MasterFacts } from './synchronization-decision.ts'
import { WriteGuard } from './write-guard.ts'

/** Redis's word for each phase in which a slave counts as one. */
const REDIS_STATES: { readonly [Phase in MasterLinkPhase]?: SlaveStatus['state'] } = {
  persisting: 'wait_bgsave',
  sending: 'send_bulk',
  streaming: 'online',
}

/** The phases in which a slave has not been told anything of the history. */
const BEFORE_SYNCHRONIZATION: ReadonlySet<MasterLinkPhase> = new Set([
  'connected',
  'challenged',
  'welcomed',
  'takingOver',
])

/** Serves slaves from a store: snapshots for those that need one, and the stream of writes for all. */
export class Master extends EventEmitter<MasterEvents> implements AsyncDisposable {
  readonly store: Store
  /** 40 hexadecimal digits: the store's, new whenever it is opened. */
  readonly runId: string
  readonly options: ResolvedMasterOptions
  readonly #shelf: SnapshotShelf
  readonly #links = new Set<MasterLink>()
  /** Connections that fetch a snapshot or are being refused. */
  readonly #others = new Set<Duplex>()
  readonly #digests: DigestAnnouncer
  readonly #line = new TransferLine(() => this.options.maxTransfers)
  readonly #rates = new RateSharing(() => this.options.snapshotBytesPerSecond)
  readonly #acknowledgements: Acknowledgements
  readonly #servers = new Set<Server>()
  readonly #owner: MasterLinkOwner
  readonly #sockets = new Set<Socket>()
  readonly #backlog: BacklogKeeper
  readonly #guard: WriteGuard
  #authenticator: Promise<Authenticator | null>
  #isClosed = false
  #fullSynchronizations = 0
  #partialAccepted = 0
  #partialRefused = 0
  #connectionsAccepted = 0
  #connectionsRefused = 0
  /** Of links that are gone, and of snapshots. */
  #bytesSent = 0
  #bytesReceived = 0
  #bytesCarried = 0

  /** @throws RangeError for an option out of its range. */
  constructor(store: Store, options: MasterOptions = {}) {
    super()
    this.store = store
    this.options = resolveMasterOptions(options)
    const { clock } = this.options
    this.runId = store.runId
    const gathering = new SnapshotGathering(
      clock,
      () => this.options.snapshotDelay,
      () => this.options.snapshotDelayMaxSlaves,
    )
    this.#shelf = new SnapshotShelf(store, clock, () => this.options.snapshotRetention, gathering)
    this.#acknowledgements = new Acknowledgements(store, clock, this.#links)
    this.#backlog = new BacklogKeeper(store, clock, () => this.options.backlogRetention)
    this.#guard = new WriteGuard(store, this.options, this.#links)
    this.#digests = new DigestAnnouncer(
      store,
      clock,
      () => this.options.digestPeriod,
      () => this.#links,
    )
    this.#authenticator = makeAuthenticator(this.options.password)
    this.#owner = this.#ownerOfLinks()
    store.children.prepare()
    store.on('readable', this.#onReadable)
    store.on('history', this.#onHistory)
    store.on('durable', this.#onDurable)
    store.on('role', this.#onRole)
    store.on('upstream', this.#onUpstream)
    this.#guard.update()
    this.#backlog.update(this.slaves.length)
  }

  /** Changes options while slaves are connected. @throws RangeError for an option out of its range; none is changed */
  configure(options: LiveMasterOptions): void {
    Object.assign(this.options, resolveMasterOptions({ ...this.options, ...options }))
    if (options.noDelay !== undefined) {
      for (const socket of this.#sockets) socket.setNoDelay(options.noDelay)
    }
    for (const link of this.#links) link.dispatch({ type: 'tick' })
    this.#guard.update()
    this.#backlog.update(this.slaves.length)
    this.#digests.update()
    this.#line.update()
    this.#shelf.update()
    if (options.streamDelay !== undefined) for (const link of this.#links) link.flush()
    this.#rates.update()
  }

  /** Slaves that stream and were heard of lately, as `minSlavesToWrite` counts them. */
  get goodSlaves(): number {
    return this.#guard.goodSlaves
  }

  /** Sets or removes the password for slaves that connect from now on. */
  set password(password: string | null) {
    this.#authenticator = makeAuthenticator(password || null)
  }

  /** Accepts slaves on a port of its own. Rejects where the system refuses the port. */
  listen(address: { port: number; host?: string }): Promise<AddressInfo> {
    const server = createServer((socket) => this.accept(socket))
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port: address.port, host: address.host ?? '127.0.0.1' }, () => {
        server.off('error', reject)
        server.on('error', (error) => this.#report(error, 'the listening socket'))
        this.#servers.add(server)
        const bound = server.address()
        if (bound === null || typeof bound === 'string') reject(new Error('the server has no TCP address'))
        else resolve(bound)
      })
    })
  }

  /** Takes a connection that somebody else accepted; its first byte has to be unread, or given back. */
  accept(stream: Duplex): void {
    const slave = addressOf(stream)
    if (this.#isClosed) {
      stream.destroy()
      return
    }
    if (this.#links.size + this.#others.size >= this.options.maxConnections) {
      this.#refuse(stream, 'TOO_MANY_CONNECTIONS', `this master takes ${this.options.maxConnections} connections`)
      return
    }
    this.#connectionsAccepted++
    if (stream instanceof Socket) {
      this.#sockets.add(stream)
      stream.once('close', () => this.#sockets.delete(stream))
      stream.setNoDelay(this.options.noDelay)
    }
    this.#track(stream)
    this.#authenticator.then(
      (authenticator) => {
        this.#others.delete(stream)
        if (this.#isClosed) stream.destroy()
        else this.#begin(stream, slave, authenticator)
      },
      (error: Error) => {
        stream.destroy()
        this.#report(error, slave)
      },
    )
  }

  /** The slaves that have asked for a synchronisation, in the order in which they came. */
  get slaves(): readonly SlaveStatus[] {
    return [...this.#links].flatMap((link) => this.#status(link) ?? [])
  }

  get statistics(): MasterStatistics {
    let bytesSent = this.#bytesSent
    let bytesReceived = this.#bytesReceived
    let bytesCarried = this.#bytesCarried
    for (const link of this.#links) {
      bytesSent += link.bytesSent + link.snapshotBytesOnWire
      bytesReceived += link.bytesReceived
      bytesCarried += link.bytesCarried
    }
    return {
      fullSynchronizations: this.#fullSynchronizations,
      partialAccepted: this.#partialAccepted,
      partialRefused: this.#partialRefused,
      connectionsAccepted: this.#connectionsAccepted,
      connectionsRefused: this.#connectionsRefused,
      bytesSent,
      bytesReceived,
      bytesCarried,
      digestsAnnounced: this.#digests.announced,
      transfers: this.#line.activeCount,
      transfersWaiting: this.#line.waitingCount,
    }
  }

  /** The last digest that slaves were told; null where none was. */
  get lastDigest(): { readonly offset: number; readonly digest: string } | null {
    return this.#digests.last
  }

  /**
   * Waits until `count` slaves have applied the stream up to `offset`, at most `timeout` ms (0: without limit).
   * Resolves with how many have.
   */
  waitForAcknowledgements(count: number, offset: number, timeout: number): Promise<number> {
    return this.#acknowledgements.whenApplied(count, offset, timeout)
  }

  /**
   * Waits until the stream up to `offset` is on this node's disk, where `local` is 1, and on the disks of `slaves`
   * slaves; at most `timeout` ms (0: without limit). Resolves with where it is.
   */
  waitForDurability(wanted: Durability, offset: number, timeout: number): Promise<Durability> {
    return this.#acknowledgements.whenDurable(wanted, offset, timeout)
  }

  /** Who has the stream up to `offset` on disk. */
  durabilityOf(offset: number): Durability {
    return this.#acknowledgements.durabilityOf(offset)
  }

  /** How many slaves have applied the stream up to `offset`. */
  appliedBy(offset: number): number {
    return this.#acknowledgements.appliedBy(offset)
  }

  /**
   * Waits until one of the slaves that `isWanted` accepts has applied the stream to the end of what is written now.
   * @returns it, or null after `timeout` ms (0: without limit) or when the signal is aborted
   */
  whenCaughtUp(
    isWanted: (slave: SlaveStatus) => boolean,
    timeout: number,
    signal: AbortSignal,
  ): Promise<SlaveStatus | null> {
    const caughtUp = (offset: number): SlaveStatus | undefined =>
      this.slaves.find((slave) => slave.state === 'online' && slave.appliedOffset >= offset && isWanted(slave))
    return this.#acknowledgements.whenCaughtUp(caughtUp, timeout, signal)
  }

  /** Closes every link and stops listening; no process, timer or socket is left. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.store.off('readable', this.#onReadable)
    this.store.off('history', this.#onHistory)
    this.store.off('durable', this.#onDurable)
    this.store.off('role', this.#onRole)
    this.store.off('upstream', this.#onUpstream)
    this.#guard[Symbol.dispose]()
    this.#backlog[Symbol.dispose]()
    this.#closeLinks('MASTER_CLOSING', 'the master is closing')
    for (const stream of this.#others) stream.destroy()
    this.#acknowledgements.close()
    this.#digests[Symbol.dispose]()
    this.#shelf[Symbol.dispose]()
    await Promise.all([...this.#servers].map((server) => new Promise((resolve) => server.close(resolve))))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #begin(stream: Duplex, slave: string, authenticator: Authenticator | null): void {
    const { compression } = this.options
    const master = this
    const capabilities: Capability[] = compression ? ['zstd'] : []
    if (this.options.digestPeriod > 0) capabilities.push('digest')
    const setup = {
      slave,
      authenticator,
      capabilities,
      runId: this.runId,
      get timeout() {
        return master.options.timeout
      },
      get pingPeriod() {
        return master.options.pingPeriod
      },
      upstream: () => this.store.upstream,
      facts: () => this.#facts(),
      fullSynchronizationGate: () => this.options.fullSynchronizationGate,
    }
    this.#links.add(new MasterLink(stream, setup, this.#owner))
  }

  #ownerOfLinks(): MasterLinkOwner {
    return {
      clock: this.options.clock,
      randomBytes: this.options.randomBytes,
      children: this.store.children,
      offerSnapshot: (onProgress, begun, signal) =>
        this.#shelf.offer(onProgress, begun, this.options.disklessSync, signal),
      compressionLevel: () => this.options.compressionLevel,
      streamDelay: () => this.options.streamDelay,
      readableOffset: () => this.store.journal.readableOffset,
      line: this.#line,
      rates: this.#rates,
      onDamaged: (link, file) => void this.#onDamaged(link, file),
      openReader: (offset) => this.store.journal.reader(offset),
      onStep: (link, step) => this.emit('step', step, link.slave),
      onDecision: (link, kind) => this.#count(link, kind),
      onChange: (link) => {
        if (link.takesDigests) this.#digests.update()
        this.#backlog.update(this.slaves.length)
        this.emit('slave', link.slave, this.#status(link))
      },
      takeOver: (replicationId, offset) => this.#takeOver(replicationId, offset),
      onAcknowledged: () => this.#acknowledgements.check(),
      onProgress: (link, stage, bytes, size) => this.emit('synchronization', { slave: link.slave, stage, bytes, size }),
      onTrouble: (link, error) => this.#report(error, link.slave),
      onFetch: (link, stream, request) => this.#onFetch(link, stream, request),
      onClosed: (link, error) => this.#onClosed(link, error),
    }
  }

  #facts(): MasterFacts {
    const { history, journal } = this.store
    return {
      replicationId: history.replicationId,
      former: history.former,
      firstOffset: journal.firstOffset,
      endOffset: journal.endOffset,
      isPrefix: (replicationId, offset) => isPrefixOf(history, replicationId, offset),
    }
  }

  #count(link: MasterLink, kind: 'partial' | 'full'): void {
    if (kind === 'partial') this.#partialAccepted++
    else {
      this.#fullSynchronizations++
      if (link.state.requestedOffset > 0) this.#partialRefused++
    }
  }

  #status(link: MasterLink): SlaveStatus | null {
    const { state, ping } = link
    const word = REDIS_STATES[state.phase]
    if (word === undefined || ping === null) return null
    return {
      address: ping.announcedHost || link.slave.slice(0, Math.max(0, link.slave.lastIndexOf(':'))),
      port: ping.announcedPort,
      runId: ping.runId,
      state: word,
      receivedOffset: state.receivedOffset,
      appliedOffset: state.appliedOffset,
      durableOffset: state.durableOffset,
      lag: Math.floor((this.options.clock.now() - state.acknowledgedAt) / 1000),
      bytesSent: link.bytesSent,
      queuePlace: link.place,
      snapshotBytesSent: state.snapshotBytesSent,
      snapshotSize: state.offer?.size ?? 0,
      sendingProcessId: link.sendingProcessId,
      connectedAt: link.connectedAt,
    }
  }

  #onFetch(link: MasterLink, stream: Duplex, request: SnapshotRequestMessage): void {
    this.#links.delete(link)
    const offering = [...this.#links].find((other) => other.isOffered(request.snapshotId, request.token))
    if (offering === undefined) {
      const reason = 'no such snapshot was offered to this slave, or its link is gone'
      this.#refuseFetch(stream, 'NO_SUCH_SNAPSHOT', reason)
    } else if (!offering.hasByte(request.from)) {
      this.#refuseFetch(stream, 'BEYOND_SNAPSHOT', `the snapshot has no byte ${request.from}`)
    } else {
      this.#track(stream)
      offering.sendSnapshot(stream, request.from)
    }
  }

  #onClosed(link: MasterLink, error: MasterError): void {
    this.#links.delete(link)
    this.#bytesSent += link.bytesSent + link.snapshotBytesOnWire
    this.#bytesReceived += link.bytesReceived
    this.#bytesCarried += link.bytesCarried
    if (!this.#isClosed) {
      this.#backlog.update(this.slaves.length)
      this.#report(error, link.slave)
    }
    this.emit('slave', link.slave, null)
  }

  #refuse(stream: Duplex, code: string, reason: string): void {
    this.#connectionsRefused++
    this.#track(stream)
    const connection = acceptLink(stream, { onMessage: () => undefined, onClose: () => undefined })
    connection.send({ type: 'refusal', code, reason })
    connection.close()
  }

  /** The file may be sound, and its way to the slave the trouble: only where it is not, nobody is offered it again. */
  async #onDamaged(link: MasterLink, file: SnapshotFile): Promise<void> {
    try {
      if (await this.store.isSnapshotSound(file)) return
      this.#shelf.forget(file)
      await this.store.replaceSnapshot(file)
      this.#report(
        new SnapshotReplacedError(`${file.path} was damaged on this disk, and has been replaced`),
        link.slave,
      )
    } catch (error) {
      this.#report(error instanceof Error ? error : new Error(String(error)), link.slave)
    }
  }

  #refuseFetch(stream: Duplex, code: string, reason: string): void {
    this.#track(stream)
    const connection = acceptSnapshotFetch(stream, { onMessage: () => undefined, onClose: () => undefined })
    connection.send({ type: 'refusal', code, reason })
    connection.close()
  }

  #track(stream: Duplex): void {
    this.#others.add(stream)
    // Whoever owns the stream next has its own handlers; until then an error must not end the process.
    stream.on('error', () => undefined)
    stream.once('close', () => this.#others.delete(stream))
  }

  #closeLinks(code: string, reason: string, isConcerned: (link: MasterLink) => boolean = () => true): void {
    for (const link of [...this.#links]) if (isConcerned(link)) link.dispatch({ type: 'refuse', code, reason })
  }

  async #takeOver(replicationId: string, offset: number): Promise<void> {
    const { takeOver } = this.options
    if (takeOver === null) throw new Error('this node does not take over from a master')
    await takeOver(replicationId, offset)
  }

  readonly #onDurable = (): void => this.#acknowledgements.check()

  /** A slave has no writes to wait for. */
  readonly #onRole = (isReadOnly: boolean): void => {
    if (isReadOnly) this.#acknowledgements.settle()
    this.#backlog.update(this.slaves.length)
  }

  readonly #onUpstream = (): void => {
    for (const link of this.#links) link.dispatch({ type: 'upstreamChanged' })
  }

  readonly #onReadable = (): void => {
    for (const link of this.#links) link.wake()
  }

  /** What the slaves know of the history is no longer true: they ask again, and most go on where they are. */
  readonly #onHistory = (): void => {
    this.#shelf.forget()
    const reason = "the master's history has changed: synchronise again"
    this.#closeLinks('HISTORY_CHANGED', reason, ({ phase }) => !BEFORE_SYNCHRONIZATION.has(phase))
  }

  /** An 'error' event that nobody listens to would end the process. */
  #report(error: Error, slave: string): void {
    if (this.listenerCount('error') > 0) this.emit('error', error, slave)
  }
}

function addressOf(stream: Duplex): string {
  if (!(stream instanceof Socket) || stream.remoteAddress === undefined) return 'a slave'
  return `${stream.remoteAddress}:${stream.remotePort}`
}
