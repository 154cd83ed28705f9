const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Someone asked this program to end. */
export class InterruptedError extends Error {
  readonly code = 'INTERRUPTED'
  override readonly name = 'InterruptedError'
}

/** A signal that aborts on Ctrl-C and its relatives, so that whoever waits can tidy up. A second one ends at once. */
export function interruption(): AbortSignal {
  const abort = new AbortController()
  for (const name of SIGNALS) process.once(name, () => abort.abort(new InterruptedError(`ended by ${name}`)))
  return abort.signal
}
