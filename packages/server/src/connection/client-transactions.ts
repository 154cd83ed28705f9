import { type Reply, type Store, Watch } from '@repl/store'
import { Transaction } from '../transactions/transaction.ts'

/** What a client has queued since MULTI, what it watches, and what has to wait while EXEC carries that out. */
export class ClientTransactions {
  /** What is queued; null outside of a transaction. */
  queued: Transaction | null = null
  /** Whether EXEC is at it: nothing may wait then, and no message may come between the replies. */
  isCarryingOut = false
  readonly watch = new Watch()
  readonly #store: Store
  #deferred: ((reply: Reply) => void)[] = []

  constructor(store: Store) {
    this.#store = store
  }

  begin(): void {
    this.queued = new Transaction()
  }

  /** Forgets what was queued, and what is watched. */
  end(): void {
    this.queued = null
    this.unwatch()
  }

  unwatch(): void {
    this.#store.unwatch(this.watch)
    this.watch.isBroken = false
  }

  /** Carries out what was queued as one atomic unit, and delivers what was deferred meanwhile. */
  carryOut(action: () => void, deliver: (write: (reply: Reply) => void) => void): void {
    this.isCarryingOut = true
    try {
      this.#store.inUnit(action)
    } finally {
      this.isCarryingOut = false
      const deferred = this.#deferred
      this.#deferred = []
      for (const write of deferred) deliver(write)
    }
  }

  /** Has a message wait for the end of that. */
  defer(write: (reply: Reply) => void): void {
    this.#deferred.push(write)
  }

  /** The client has gone. */
  forget(): void {
    this.#store.unwatch(this.watch)
    this.queued = null
  }
}
