/**
 * - `FOREIGN_NONCE`: the challenge does not continue the nonce of this side's ping
 * - `ITERATIONS_OUT_OF_BOUNDS`: the challenge asks for a key derivation that is too weak, or so strong that it is an attack
 */
export type AuthenticationErrorCode = 'FOREIGN_NONCE' | 'ITERATIONS_OUT_OF_BOUNDS'

/** A challenge that a slave does not answer, because answering would help whoever sent it. */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError'
  readonly code: AuthenticationErrorCode

  constructor(code: AuthenticationErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
