import { DataModel } from './data-model.ts'
import { applyCommand } from './model-commands.ts'
import { readCommands } from './stream-commands.ts'
import type { TrueHistories } from './true-histories.ts'

/** The model of one node's data: follows it along its history, and begins anew where it has jumped. */
export class Shadow {
  readonly #truth: TrueHistories
  #model = new DataModel()
  #id = ''
  #offset = 0

  constructor(truth: TrueHistories) {
    this.#truth = truth
  }

  /**
   * What the data should be for whoever has the history `id` up to `offset`.
   * @throws Error where the history has no whole command that ends there
   */
  at(id: string, offset: number): DataModel {
    const goesOn = this.#id !== '' && offset >= this.#offset && this.#truth.isPrefix(this.#id, this.#offset, id)
    if (!goesOn) {
      this.#model = new DataModel()
      this.#offset = 0
    }
    for (const { words } of readCommands(this.#truth.slice(id, this.#offset, offset))) applyCommand(this.#model, words)
    this.#id = id
    this.#offset = offset
    return this.#model
  }
}
