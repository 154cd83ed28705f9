/** One of the promises was broken: what the simulation is there to find. */
export class Violation extends Error {
  override readonly name = 'Violation'
  /** Which promise, in a few words that are the same every time. */
  readonly promise: string

  constructor(promise: string, node: string, detail: string) {
    super(`${promise}: ${node}: ${detail}`)
    this.promise = promise
  }
}
