import type { Reply } from '@repl/store'

/** Throws replies away, for CLIENT REPLY OFF and SKIP; errors are counted all the same. */
export class SilentReply implements Reply {
  readonly #onError: (text: string) => void

  constructor(onError: (text: string) => void) {
    this.#onError = onError
  }

  error(text: string): void {
    this.#onError(text)
  }

  status(): void {}
  integer(): void {}
  bulk(): void {}
  text(): void {}
  nil(): void {}
  nilArray(): void {}
  double(): void {}
  boolean(): void {}
  bigNumber(): void {}
  verbatim(): void {}
  array(): void {}
  set(): void {}
  map(): void {}
  pairs(): void {}
  pair(): void {}
  push(): void {}
}
