import type { BegunSnapshot } from '@repl/protocol'
import type { Store } from '@repl/store'
import { type SlaveError, storageError } from '../errors.ts'
import type { ResolvedSlaveOptions } from '../slave-options.ts'

/** What is left of a transfer that broke: the part of the snapshot's file that has come. Nothing here rejects. */
export class BrokenTransfer {
  readonly #store: Store
  readonly #options: Pick<ResolvedSlaveOptions, 'clock' | 'incomingRetention'>
  readonly #onTrouble: (error: SlaveError) => void
  readonly #createdAt: number

  /** `onTrouble`: the disk refuses. Without what is there all is sent again; what stays goes when the next one begins. */
  constructor(
    store: Store,
    options: Pick<ResolvedSlaveOptions, 'clock' | 'incomingRetention'>,
    onTrouble: (error: SlaveError) => void,
  ) {
    this.#store = store
    this.#options = options
    this.#onTrouble = onTrouble
    this.#createdAt = options.clock.now()
  }

  /**
   * What is there, unless it is too old to be of use: then it goes.
   * @param lastIoAt when the last piece of it came, in ms; 0 for before this slave was made
   */
  async find(lastIoAt: number): Promise<BegunSnapshot | null> {
    const { clock, incomingRetention } = this.#options
    try {
      const begun = await this.#store.begunSnapshot()
      const age = clock.now() - (lastIoAt || this.#createdAt)
      if (begun === null || age < incomingRetention) return begun
    } catch (error) {
      this.#report(error)
      return null
    }
    await this.discard()
    return null
  }

  /** Removes it: nobody will ask for the rest. */
  async discard(): Promise<void> {
    try {
      await this.#store.discardBegunSnapshot()
    } catch (error) {
      this.#report(error)
    }
  }

  #report(error: unknown): void {
    this.#onTrouble(storageError('the file of a broken transfer', error))
  }
}
