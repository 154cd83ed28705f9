import {
  ConnectionLostError,
  MasterSilentError,
  MasterUnreachableError,
  NotAMasterError,
  ProtocolViolationError,
  type SlaveError,
} from '../errors.ts'
import type { SlaveLinkPhase } from './slave-link-contract.ts'

/** What is wrong where the master has said nothing for `silence` ms in this phase. */
export function silenceError(master: string, phase: SlaveLinkPhase, silence: number, timeout: number): SlaveError {
  if (phase === 'connecting') return new MasterUnreachableError(`${master} could not be reached within ${timeout} ms`)
  const awaited = phase === 'pinging' ? 'it accepted the connection and did not answer the ping' : phase
  return new MasterSilentError(`${master} has been silent for ${silence} ms (limit ${timeout} ms; ${awaited})`)
}

/** What is wrong where the connection has ended in this phase; `error` is null for an orderly end. */
export function disconnection(master: string, phase: SlaveLinkPhase, error: Error | null): SlaveError {
  if (phase === 'connecting') {
    const text = `${master} could not be reached: ${error?.message ?? 'the connection was closed'}`
    return new MasterUnreachableError(text, { cause: error })
  }
  if (error?.name === 'ProtocolError') {
    // Before the first message nothing shows that this was ever a master: an HTTP server answers with text.
    const text = `${master}: ${error.message}`
    return phase === 'pinging'
      ? new NotAMasterError(`${text} (is it a master?)`, { cause: error })
      : new ProtocolViolationError(text, { cause: error })
  }
  const why = error === null ? 'the master closed the connection' : error.message
  return new ConnectionLostError(`${master}: ${why} (${phase})`, error === null ? undefined : { cause: error })
}
