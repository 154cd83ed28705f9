import type { Store } from '@repl/store'
import { checkAcknowledgements } from './checks/acknowledgement-check.ts'
import { checkDecision } from './checks/decision-check.ts'
import { type ObservedDecision, observeDecisions } from './checks/decision-observer.ts'
import { NodeObserver } from './checks/node-observer.ts'
import { observeTransfers, type ResumedTransfer } from './checks/transfer-observer.ts'
import { Violation } from './checks/violation.ts'
import { Operator } from './cluster/operator.ts'
import { send } from './cluster/send.ts'
import { drawSettings, type WorldSettings } from './cluster/settings.ts'
import { type RunningNode, SimulatedNode } from './cluster/simulated-node.ts'
import { Trouble } from './cluster/trouble.ts'
import { Workload } from './cluster/workload.ts'
import { TrueHistories } from './model/true-histories.ts'
import { SimulatedNetwork } from './network/simulated-network.ts'
import { SimulatedClock } from './runtime/clock.ts'
import { beginSimulation, settleMicrotasks } from './runtime/patched-globals.ts'
import { Random } from './runtime/random.ts'
import { outsideProcesses } from './runtime/simulated-process.ts'
import { Story, type StoryLine } from './story.ts'
import { Tally } from './tally.ts'

/** In peace all must be equal after so long, in ms. */
const LONGEST_PEACE = 120_000

/** A command of so many bytes takes its time on the way. */
const LONG_COMMAND = 30_000

/** How often whoever looks after the nodes has a look, in ms. */
const LOOK_PERIOD = 50

/** What a simulation found. */
export interface SimulationResult {
  readonly seed: number
  /** Equal for equal runs: 40 hexadecimal digits. */
  readonly hash: string
  /** Which promise was broken, and how; null where none was. */
  readonly failure: { readonly promise: string; readonly message: string } | null
  readonly counts: SimulationCounts
  readonly lines: readonly StoryLine[]
}

/** What happened in a simulation, in numbers. */
export interface SimulationCounts {
  /** All else that happened, by its name. */
  happenings: Readonly<Record<string, number>>
  events: number
  /** ms of simulated time. */
  time: number
  writes: number
  answered: number
  deaths: number
  promotions: number
  failovers: number
  full: number
  partial: number
}

/** Runs one seed from its beginning to its end. */
export async function simulate(seed: number): Promise<SimulationResult> {
  const simulation = new Simulation(seed)
  return simulation.run()
}

class Simulation {
  readonly #seed: number
  readonly #clock = new SimulatedClock()
  readonly #story = new Story(() => this.#clock.now)
  readonly #truth = new TrueHistories()
  readonly #settings: WorldSettings
  readonly #network: SimulatedNetwork
  readonly #nodes: readonly SimulatedNode[]
  readonly #observers = new Map<SimulatedNode, NodeObserver>()
  readonly #operator: Operator
  readonly #trouble: Trouble
  readonly #workload: Workload
  /** When and whom clients write to. */
  readonly #clientRandom: Random
  readonly #troubleRandom: Random
  readonly #tally = new Tally()
  readonly #counts: SimulationCounts = {
    happenings: {},
    events: 0,
    time: 0,
    writes: 0,
    answered: 0,
    deaths: 0,
    promotions: 0,
    failovers: 0,
    full: 0,
    partial: 0,
  }
  #failure: unknown = null
  #isStorm = true
  readonly #starts = new Set<SimulatedNode>()

  constructor(seed: number) {
    this.#seed = seed
    const stream = (name: string) => new Random(seed, name)
    beginSimulation(this.#clock, stream('programs'))
    this.#settings = drawSettings(stream('settings'))
    this.#network = new SimulatedNetwork(this.#clock, stream('network'), (bytes, host) => {
      this.#story.note(host)
      if (bytes !== null) this.#story.note(bytes)
    })
    const { password, nodes } = this.#settings
    const surroundings = {
      network: this.#network,
      story: this.#story,
      password,
      random: stream('surroundings'),
      onRecovered: (node: SimulatedNode, store: Store) =>
        this.#guard(() => this.#observers.get(node)!.onRecovered(store)),
      onHandedOver: (node: SimulatedNode) => this.#guard(() => this.#onHandedOver(node)),
      onDivergence: (node: SimulatedNode, offset: number, isOfMemory: boolean) => {
        const how = isOfMemory ? ' in memory' : ''
        this.#fail(new Violation('digests agree', node.name, `differs from its master's at ${offset}${how}`))
      },
      onTransfer: (node: SimulatedNode) => {
        if (this.#isStorm) outsideProcesses(() => this.#trouble.onTransfer(node))
      },
      onHappening: (what: string, times?: number) => this.#tally.count(what, times),
      onNotRecovered: (node: SimulatedNode, error: unknown) => this.#onNotRecovered(node, error),
    }
    this.#nodes = nodes.map((settings) => new SimulatedNode(settings, surroundings))
    for (const node of this.#nodes) {
      this.#observers.set(node, new NodeObserver(node, this.#truth, () => this.#clock.now))
    }
    this.#operator = new Operator(this.#nodes, stream('operator'), this.#story, () => this.#clock.now)
    this.#troubleRandom = stream('trouble')
    this.#trouble = new Trouble(
      this.#nodes,
      this.#network,
      this.#operator,
      this.#troubleRandom,
      this.#story,
      this.#tally,
      (node, how) => {
        this.#counts.deaths++
        this.#observers.get(node)!.onDeath(how)
      },
    )
    this.#clientRandom = stream('clients')
    this.#workload = new Workload(stream('workload'), this.#settings.keys, this.#settings.hasHugeValues)
  }

  async run(): Promise<SimulationResult> {
    const onError = (error: unknown) => this.#fail(error)
    process.on('uncaughtException', onError)
    observeDecisions((decision) => this.#guard(() => this.#onDecision(decision)))
    observeTransfers((transfer) => this.#onTransferResumed(transfer))
    try {
      this.#begin()
      await this.#goOnUntil(this.#settings.storm, () => false)
      this.#endStorm()
      const deadline = this.#clock.now + LONGEST_PEACE
      await this.#goOnUntil(deadline, () => this.#areEqual())
      if (this.#failure === null) this.#guard(() => this.#checkPeace())
    } finally {
      observeDecisions(null)
      observeTransfers(null)
      for (const node of this.#nodes) node.process?.kill()
      await settleMicrotasks()
      process.off('uncaughtException', onError)
    }
    return this.#result()
  }

  #begin(): void {
    const { nodes, storm, password, writePeriod, keys } = this.#settings
    this.#story.tell(
      'seed',
      `${this.#seed}: ${nodes.length} nodes, a storm of ${(storm / 1000).toFixed(1)} s, ${keys} keys, a write each ${Math.round(writePeriod)} ms${password === null ? '' : ', a password'}`,
    )
    for (const node of nodes) {
      const { name, ...rest } = node
      this.#story.tell('seed', `${name}: ${JSON.stringify(rest)}`)
    }
    for (const node of this.#nodes) node.start()
    setInterval(() => this.#lookAfterNodes(), LOOK_PERIOD)
    this.#everyNowAndThen(this.#settings.writePeriod, this.#clientRandom, () => this.#write())
    this.#everyNowAndThen(this.#settings.troublePeriod, this.#troubleRandom, () => this.#trouble.strike())
  }

  #everyNowAndThen(period: number, random: Random, action: () => void): void {
    const again = () => {
      if (!this.#isStorm) return
      action()
      setTimeout(again, random.between(0, 2 * period))
    }
    setTimeout(again, random.between(0, 2 * period))
  }

  /** The service manager starts what has ended; the operator tells nodes whom to follow. */
  #lookAfterNodes(): void {
    for (const node of this.#nodes) {
      if (node.process !== null || this.#starts.has(node)) continue
      this.#starts.add(node)
      const pause = this.#isStorm ? this.#troubleRandom.next() ** 2 * 3_000 : 100
      setTimeout(() => {
        this.#starts.delete(node)
        node.start()
      }, pause)
    }
    this.#operator.look()
  }

  #write(): void {
    const masters = this.#nodes.filter(({ running, isResponsive }) => isResponsive && !running?.store.isReadOnly)
    if (masters.length === 0) return
    const node = this.#clientRandom.pick(masters)
    for (let count = this.#clientRandom.chance(0.1) ? 10 : 1; count > 0; count--) this.#writeTo(node, node.running!)
  }

  #writeTo(node: SimulatedNode, { process, store }: RunningNode): void {
    const request = this.#workload.next()
    if (!process.isAlive || !node.isResponsive) return
    process.run(() => {
      const before = store.offset
      send(store, request)
      if (store.offset === before) return
      this.#counts.writes++
      if (store.offset - before > LONG_COMMAND) this.#trouble.onLongCommand()
      if (store.appendfsync !== 'always' && !this.#clientRandom.chance(0.1)) return
      const { offset } = store
      const id = store.history.replicationId
      const { journal } = store
      store.whenDurable(offset).then(
        () => {
          if (!process.isAlive || store.journal !== journal) return
          this.#counts.answered++
          this.#observers.get(node)!.onAnswered(id, offset)
        },
        () => undefined,
      )
    })
  }

  async #goOnUntil(time: number, isDone: () => boolean): Promise<void> {
    await settleMicrotasks()
    while (this.#failure === null && this.#clock.nextAt <= time && !isDone()) {
      try {
        this.#clock.step()
      } catch (error) {
        this.#fail(error)
      }
      await settleMicrotasks()
      this.#guard(() => this.#observe())
    }
    this.#clock.advanceTo(Math.min(time, this.#clock.nextAt))
  }

  #observe(): void {
    for (const node of this.#nodes) {
      const { running } = node
      if (running !== null) {
        this.#observers.get(node)!.look(running.store)
        checkAcknowledgements(node, this.#nodes)
      } else if (node.process === null) this.#observers.get(node)!.onEnd()
    }
  }

  #endStorm(): void {
    this.#isStorm = false
    this.#trouble.end()
    this.#story.tell('trouble', 'is over: from here on everything works')
  }

  /** All run, and have the same bytes of the same history, in memory and on disk. */
  #areEqual(): boolean {
    const primary = this.#operator.primary.running
    if (primary === null) return false
    return this.#nodes.every((node) => {
      const { running } = node
      if (running === null || node.isStopping) return false
      const { store, slave } = running
      if (store.offset !== primary.store.offset || store.appliedOffset !== store.offset) return false
      if (store.history.replicationId !== primary.store.history.replicationId) return false
      if (store.journal.failure !== null || store.journal.writtenOffset !== store.offset) return false
      return running === primary ? !store.isReadOnly : slave.isOnline
    })
  }

  #checkPeace(): void {
    if (!this.#areEqual()) {
      const places = this.#nodes.map((node) => {
        const { running } = node
        if (running === null) return `${node.name} does not run`
        const { store, slave } = running
        return `${node.name} (${this.#operator.masterOf(node) ?? 'master'}) ${slave.state} ${store.history.replicationId.slice(0, 6)} at ${store.offset}, applied ${store.appliedOffset}: ${slave.lastError?.message ?? 'no error'}`
      })
      throw new Violation(
        'after quiet all are equal',
        'the nodes',
        `after ${LONGEST_PEACE} ms of peace: ${places.join('; ')}`,
      )
    }
    for (const node of this.#nodes) {
      const observer = this.#observers.get(node)!
      observer.compare(node.running!.store)
      observer.checkFiles(node.running!.store)
    }
    this.#story.tell('checks', 'all nodes are equal')
  }

  #onDecision(decision: ObservedDecision): void {
    const master = this.#nodes.find(({ process }) => process === decision.master)
    const slave = this.#nodes.find(({ running }) => running?.slave.runId === decision.slaveRunId)
    if (master?.running === undefined || master.running === null) return
    this.#counts[decision.kind]++
    if (master.running.store.isReadOnly) this.#tally.count('synchronisations of slaves with a slave')
    const { kind, reason, requestedId, requestedOffset } = decision
    const asked = requestedId === '' ? 'nothing' : `${requestedId.slice(0, 6)} at ${requestedOffset}`
    this.#story.tell(master.name, `master: ${slave?.name ?? 'a slave'} has ${asked}: ${kind} ${reason}`)
    // What has happened in this very event must be known before it is judged.
    this.#observe()
    const running = slave?.running ?? null
    const asking =
      slave === undefined || running === null
        ? null
        : {
            name: slave.name,
            id: running.store.history.replicationId,
            offset: running.store.offset,
            isCopyDoubtful: slave.hasDiskFailed,
          }
    const { history, journal } = master.running.store
    const { firstOffset, endOffset } = journal
    const holds = { name: master.name, id: history.replicationId, firstOffset, endOffset }
    checkDecision(decision, holds, asking, this.#truth)
  }

  #onTransferResumed({ slave, bytes }: ResumedTransfer): void {
    const node = this.#nodes.find(({ process }) => process === slave)
    if (node === undefined) return
    this.#tally.count('transfers that go on where they broke')
    this.#story.tell(node.name, `slave: has ${bytes} bytes of the snapshot`)
  }

  /** Nothing that the old master wrote is lost with its place, unless the failover was forced. */
  #onHandedOver(node: SimulatedNode): void {
    this.#counts.failovers++
    const failover = this.#operator.failover
    if (failover === null || failover.from !== node || failover.isForced) return
    const old = node.running?.store
    const next = failover.to.running?.store
    if (old === undefined || next === undefined) return
    const { replicationId } = next.history
    if (next.offset >= old.offset && this.#truth.isPrefix(old.history.replicationId, old.offset, replicationId)) return
    const place = `${old.history.replicationId.slice(0, 6)} at ${old.offset}`
    const has = `has ${replicationId.slice(0, 6)} at ${next.offset}`
    throw new Violation(
      'no failover loses a write',
      failover.to.name,
      `took over from ${node.name}, ${place}, and ${has}`,
    )
  }

  /** A store that does not open is right only where the disk fails just then. */
  #onNotRecovered(node: SimulatedNode, error: unknown): void {
    if (node.hasDiskFailed) return
    this.#fail(new Violation('every node recovers', node.name, error instanceof Error ? error.message : String(error)))
  }

  #guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    // The rest of the turn in which a process died.
    if (error instanceof Error && 'code' in error && error.code === 'EDEAD') return
    if (this.#failure !== null) return
    this.#failure = error
    const text =
      error instanceof Violation
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error)
    this.#story.tell('FAILURE', text)
  }

  #result(): SimulationResult {
    const failure = this.#failure
    for (const node of this.#nodes) node.countStatistics()
    this.#counts.happenings = this.#tally.counts
    this.#counts.events = this.#clock.events
    this.#counts.promotions = this.#operator.promotions
    this.#counts.time = Math.round(this.#clock.now)
    this.#story.note(JSON.stringify(this.#counts))
    return {
      seed: this.#seed,
      hash: this.#story.digest(),
      failure:
        failure === null
          ? null
          : {
              promise: failure instanceof Violation ? failure.promise : 'nothing throws',
              message: failure instanceof Error ? failure.message : String(failure),
            },
      counts: this.#counts,
      lines: this.#story.lines,
    }
  }
}
