import { checkProof, createChallenge, createScramVerifier } from '@repl/protocol'
import type { Authenticator } from './master-link-contract.ts'

/** What checks that slaves know the password; null where there is none. */
export async function makeAuthenticator(password: string | null): Promise<Authenticator | null> {
  if (password === null) return null
  const verifier = await createScramVerifier(password)
  return {
    challenge: (clientNonce) => createChallenge(verifier, clientNonce),
    check: (clientNonce, challenge, proof) => checkProof(verifier, clientNonce, challenge, proof),
  }
}
