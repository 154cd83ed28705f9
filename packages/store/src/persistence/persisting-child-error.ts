/** The persisting child died, could not be started, or reported that the file can't be written. */
export class PersistingChildError extends Error {
  /** `PERSISTING_CHILD_DIED`, or `PERSISTING_CHILD_FAILED`: it reported why. */
  readonly code: 'PERSISTING_CHILD_DIED' | 'PERSISTING_CHILD_FAILED'
  /** How it ended, where it was started at all. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** The system's error, `ENOSPC` for example, where there is one. */
  readonly systemCode: string | null

  constructor(
    code: PersistingChildError['code'],
    message: string,
    details: { exitCode?: number | null; signal?: NodeJS.Signals | null; systemCode?: string | null } = {},
  ) {
    super(message)
    this.name = 'PersistingChildError'
    this.code = code
    this.exitCode = details.exitCode ?? null
    this.signal = details.signal ?? null
    this.systemCode = details.systemCode ?? null
  }
}
