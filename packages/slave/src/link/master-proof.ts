import type { PongMessage } from '@repl/protocol'
import { MasterUnprovenError, MasterWithoutPasswordError, type SlaveError } from '../errors.ts'
import type { SlaveLinkSetup } from './slave-link-contract.ts'

/**
 * Why a slave that has a password does not believe the one who answers: anybody could listen at the address. Null where
 * it has proved that it knows the password, or none is asked for.
 * @param expected the signature that belongs to the answered challenge; null where there was none
 */
export function doubtOfMaster(
  { master, password, isServerSignature }: Pick<SlaveLinkSetup, 'isServerSignature' | 'master' | 'password'>,
  expected: Uint8Array | null,
  { serverSignature }: PongMessage,
): SlaveError | null {
  if (password === null) return null
  if (expected === null) {
    const text = `${master} has no password, and this slave has one: it can't prove to be the right master`
    return new MasterWithoutPasswordError(text)
  }
  if (isServerSignature(expected, serverSignature)) return null
  return new MasterUnprovenError(`${master} did not prove that it knows the password`)
}
