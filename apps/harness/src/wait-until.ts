import { setTimeout as sleep } from 'node:timers/promises'

/** The least time between two looks, in ms. */
const PERIOD = 10

/** Something that was awaited did not come in time. */
export class WaitTimeoutError extends Error {
  readonly code = 'WAIT_TIMEOUT'
  override readonly name = 'WaitTimeoutError'

  constructor(awaited: string, timeout: number) {
    super(`waited ${timeout / 1000} s in vain: ${awaited}`)
  }
}

/** What `waitUntil` needs to know. */
export interface Wait {
  /** For the error: the condition, in words. */
  readonly awaited: string
  /** In ms. */
  readonly timeout: number
  readonly signal: AbortSignal
  /** The least time between two looks, in ms. */
  readonly period?: number
}

/**
 * Looks again and again until `look` gives something other than undefined, and gives that.
 * @throws WaitTimeoutError, the signal's reason, and what `look` throws
 */
export async function waitUntil<T>(wait: Wait, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = performance.now() + wait.timeout
  for (;;) {
    wait.signal.throwIfAborted()
    const seen = await look()
    if (seen !== undefined) return seen
    if (performance.now() > deadline) throw new WaitTimeoutError(wait.awaited, wait.timeout)
    await sleep(wait.period ?? PERIOD, undefined, { signal: wait.signal }).catch(() => wait.signal.throwIfAborted())
  }
}
