import type { Master, SlaveStatus } from '@repl/master'
import type { Slave } from '@repl/slave'
import type { Store } from '@repl/store'

/** How far a failover is, in Redis's words. */
export type FailoverState = 'no-failover' | 'waiting-for-sync' | 'failover-in-progress'

/** What is asked of a failover. */
export interface FailoverRequest {
  /** The slave that is to be the master; null for the first one that has caught up. */
  readonly target: { readonly host: string; readonly port: number } | null
  /** How long the slave may take to catch up, in ms; 0 for as long as it takes. */
  readonly timeout: number
  /** Goes on when the time is up though the target lacks writes: they are lost. Needs a target and a time-out. */
  readonly isForced: boolean
}

/** What a failover works on. */
export interface FailoverNode {
  readonly store: Store
  readonly master: Master
  readonly slave: Slave
  /** Has the writes of clients wait until the hold is disposed of; without it the store refuses them meanwhile. */
  readonly holdClients?: () => Disposable
  /** Hears of each step, for a log. */
  readonly onStep?: (text: string, details: Readonly<Record<string, unknown>>) => void
}

/** Why a failover was not begun or not ended, in Redis's words. */
export class FailoverError extends Error {
  readonly code = 'FAILOVER_REFUSED'
  override readonly name = 'FailoverError'
}

/**
 * FAILOVER: the master stops taking writes, waits until a slave has all of them, asks it to become the master, and
 * goes on as its slave. No write that was answered is lost, unless that was forced. Until the slave has been asked,
 * everything can be left as it was.
 */
export class Failover implements Disposable {
  readonly #node: FailoverNode
  #state: FailoverState = 'no-failover'
  #abort: AbortController | null = null
  #holds: Disposable[] = []
  #stopListening: () => void = () => undefined

  constructor(node: FailoverNode) {
    this.#node = node
  }

  get state(): FailoverState {
    return this.#state
  }

  /**
   * Begins; what follows goes on by itself, and `state` tells how far it is.
   * @throws FailoverError where it can't be begun
   */
  begin(request: FailoverRequest): void {
    this.#check(request)
    this.#state = 'waiting-for-sync'
    this.#tell('a failover begins: writes wait', { ...request })
    this.#holds = [this.#node.store.holdWrites()]
    if (this.#node.holdClients !== undefined) this.#holds.push(this.#node.holdClients())
    const abort = new AbortController()
    this.#abort = abort
    void this.#run(request, abort.signal)
  }

  /**
   * Gives up. While the slave is awaited nothing has changed; when it has been asked already, both may be masters.
   * @throws FailoverError where none is under way
   */
  abort(): void {
    if (this.#state === 'no-failover') throw new FailoverError('No failover in progress.')
    this.#giveUp('it was aborted')
  }

  /** Ends without changing any role: the node closes. */
  [Symbol.dispose](): void {
    this.#end()
  }

  #check({ target, timeout, isForced }: FailoverRequest): void {
    const { store, master } = this.#node
    if (this.#state !== 'no-failover') throw new FailoverError('FAILOVER already in progress.')
    if (store.isReadOnly) throw new FailoverError('FAILOVER is not valid when server is a replica.')
    if (master.slaves.length === 0) throw new FailoverError('FAILOVER requires connected replicas.')
    if (isForced && (timeout === 0 || target === null)) {
      throw new FailoverError('FAILOVER with force option requires both a timeout and target HOST and IP.')
    }
    if (target === null) return
    const slaves = master.slaves.filter((slave) => isAt(slave, target))
    if (slaves.length === 0) throw new FailoverError('FAILOVER target HOST and PORT is not a replica.')
    if (!slaves.some(({ state }) => state === 'online')) {
      throw new FailoverError('FAILOVER target replica is not online.')
    }
  }

  async #run({ target, timeout, isForced }: FailoverRequest, signal: AbortSignal): Promise<void> {
    // A slave that announces no port can't be followed.
    const isWanted = (slave: SlaveStatus): boolean => (target === null ? slave.port > 0 : isAt(slave, target))
    const caughtUp = await this.#node.master.whenCaughtUp(isWanted, timeout, signal)
    if (signal.aborted) return
    if (caughtUp !== null) this.#handOver(target?.host ?? caughtUp.address, caughtUp.port, false)
    else if (isForced && target !== null) this.#handOver(target.host, target.port, true)
    else this.#giveUp('no replica caught up in time')
  }

  #handOver(host: string, port: number, acceptsLoss: boolean): void {
    const { slave } = this.#node
    this.#state = 'failover-in-progress'
    this.#tell('the slave is asked to take over', { host, port })
    const onHandedOver = (): void => {
      this.#tell('the slave has taken over; this node follows it', { host, port })
      this.#end()
    }
    const onRefused = (error: Error): void => this.#giveUp(error.message)
    slave.once('handedOver', onHandedOver)
    slave.once('takeOverRefused', onRefused)
    this.#stopListening = () => {
      slave.off('handedOver', onHandedOver)
      slave.off('takeOverRefused', onRefused)
    }
    try {
      slave.slaveof(host, port, { takeOver: true, acceptsLoss })
    } catch (error) {
      this.#giveUp(error instanceof Error ? error.message : String(error))
    }
  }

  /** Back to how it was. A node that is a slave already becomes a master again, and only then lets its clients go on. */
  #giveUp(reason: string): void {
    const wasInProgress = this.#state === 'failover-in-progress'
    this.#tell('the failover is given up', { reason, state: this.#state })
    if (!wasInProgress) {
      this.#end()
      return
    }
    const { slave, store } = this.#node
    this.#stopListening()
    slave.slaveof(null)
    const end = (): void => this.#end()
    store.promote().then(end, (error: unknown) => {
      this.#tell('this node could not become the master again', { err: error })
      end()
    })
  }

  #end(): void {
    this.#stopListening()
    this.#stopListening = () => undefined
    this.#state = 'no-failover'
    this.#abort?.abort()
    this.#abort = null
    const holds = this.#holds
    this.#holds = []
    for (const hold of holds) hold[Symbol.dispose]()
  }

  #tell(text: string, details: Readonly<Record<string, unknown>>): void {
    this.#node.onStep?.(text, details)
  }
}

function isAt({ address, port }: SlaveStatus, target: { readonly host: string; readonly port: number }): boolean {
  return port === target.port && address === target.host
}
