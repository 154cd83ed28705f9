import type { AuthenticationChallengeMessage, AuthenticationProofMessage } from '../messages/message-types.ts'

/** What a master keeps to check proofs. The password can't be read from it. */
export interface ScramVerifier {
  readonly salt: Buffer
  readonly iterations: number
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

/** A slave's answer to a challenge, and what it expects of the master in turn. */
export interface ScramAnswer {
  readonly proof: AuthenticationProofMessage
  /** What a master that knows the password puts into its pong; see {@link isServerSignature}. */
  readonly serverSignature: Buffer
}

/** 24 random bytes in base64: a nonce of either side. */
export declare function createNonce(): string

/** Master, once for each password. */
export declare function createScramVerifier(password: string): Promise<ScramVerifier>

/** Master: the answer to a ping. Keep it for {@link checkProof}. */
export declare function createChallenge(verifier: ScramVerifier, clientNonce: string): AuthenticationChallengeMessage

/** Master: the ServerSignature for the pong, or null where the proof is wrong. Constant time. */
export declare function checkProof(
  verifier: ScramVerifier,
  clientNonce: string,
  challenge: AuthenticationChallengeMessage,
  proof: AuthenticationProofMessage,
): Buffer | null

/** Slave: answers a challenge. Rejects with {@link AuthenticationError} where the challenge is not one to answer. */
export declare function answerChallenge(
  password: string,
  clientNonce: string,
  challenge: AuthenticationChallengeMessage,
): Promise<ScramAnswer>

/** Slave: whether the pong's signature shows that the master knows the password. Constant time; false for an empty one. */
export declare function isServerSignature(expected: Uint8Array, received: Uint8Array): boolean
