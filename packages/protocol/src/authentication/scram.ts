import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { AuthenticationChallengeMessage, AuthenticationProofMessage } from '../messages/message-types.ts'
import { AuthenticationError } from './authentication-error.ts'

/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding. The messages travel as protobuf fields; only
 * AuthMessage, which both sides sign, is put together in the textual form of the RFC.
 */

/** The user name that is signed; there are no users here. */
export const SCRAM_USER_NAME = 'replication'

/** What a master asks for: RFC 7677's minimum is 4096, and more is better. About 10 ms of one core, off the main thread, once for each connection of a slave. */
export const SCRAM_ITERATIONS = 16_384
/** What a slave agrees to. */
export const MIN_SCRAM_ITERATIONS = 4_096
export const MAX_SCRAM_ITERATIONS = 100_000

const NONCE_BYTES = 24
const SALT_BYTES = 16
const KEY_BYTES = 32
/** base64 of the GS2 header `n,,`: no channel binding. */
const CHANNEL_BINDING = 'biws'

const derive = promisify(pbkdf2)

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
export function createNonce(): string {
  return randomBytes(NONCE_BYTES).toString('base64')
}

/** Master, once for each password: derives what is needed to check proofs, under a salt of its own. */
export async function createScramVerifier(
  password: string,
  salt: Buffer = randomBytes(SALT_BYTES),
  iterations: number = SCRAM_ITERATIONS,
): Promise<ScramVerifier> {
  const { clientKey, serverKey } = await deriveKeys(password, salt, iterations)
  return { salt, iterations, storedKey: sha256(clientKey), serverKey }
}

/** Master: the answer to a ping. Keep it for {@link checkProof}; a challenge is for one connection. */
export function createChallenge(
  verifier: ScramVerifier,
  clientNonce: string,
  masterNonce: string = createNonce(),
): AuthenticationChallengeMessage {
  return {
    type: 'authenticationChallenge',
    nonce: clientNonce + masterNonce,
    salt: verifier.salt,
    iterations: verifier.iterations,
  }
}

/** Master: the ServerSignature for the pong, or null where the proof is wrong. Compares in constant time. */
export function checkProof(
  verifier: ScramVerifier,
  clientNonce: string,
  challenge: AuthenticationChallengeMessage,
  proof: AuthenticationProofMessage,
  userName: string = SCRAM_USER_NAME,
): Buffer | null {
  if (proof.nonce !== challenge.nonce || proof.clientProof.length !== KEY_BYTES) return null
  const message = authMessage(userName, clientNonce, challenge)
  const clientKey = xor(proof.clientProof, hmac(verifier.storedKey, message))
  if (!timingSafeEqual(sha256(clientKey), verifier.storedKey)) return null
  return hmac(verifier.serverKey, message)
}

/** Slave: answers a challenge. Rejects with {@link AuthenticationError} where the challenge is not one to answer. */
export async function answerChallenge(
  password: string,
  clientNonce: string,
  challenge: AuthenticationChallengeMessage,
  userName: string = SCRAM_USER_NAME,
): Promise<ScramAnswer> {
  const { nonce, iterations } = challenge
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    throw new AuthenticationError(
      'FOREIGN_NONCE',
      `the master's nonce ${JSON.stringify(nonce)} does not continue ours, ${JSON.stringify(clientNonce)}`,
    )
  }
  if (iterations < MIN_SCRAM_ITERATIONS || iterations > MAX_SCRAM_ITERATIONS) {
    throw new AuthenticationError(
      'ITERATIONS_OUT_OF_BOUNDS',
      `the master asks for ${iterations} iterations; ${MIN_SCRAM_ITERATIONS} to ${MAX_SCRAM_ITERATIONS} are allowed`,
    )
  }
  const { clientKey, serverKey } = await deriveKeys(password, challenge.salt, iterations)
  const message = authMessage(userName, clientNonce, challenge)
  return {
    proof: {
      type: 'authenticationProof',
      nonce,
      clientProof: xor(clientKey, hmac(sha256(clientKey), message)),
    },
    serverSignature: hmac(serverKey, message),
  }
}

/** Slave: whether the pong's signature shows that the master knows the password. Compares in constant time; false for an empty one. */
export function isServerSignature(expected: Uint8Array, received: Uint8Array): boolean {
  return expected.length === received.length && timingSafeEqual(expected, received)
}

async function deriveKeys(
  password: string,
  salt: Uint8Array,
  iterations: number,
): Promise<{ clientKey: Buffer; serverKey: Buffer }> {
  // RFC 5802 asks for SASLprep, whose heart is NFKC: the same password typed on two systems gives the same bytes.
  const saltedPassword = await derive(password.normalize('NFKC'), salt, iterations, KEY_BYTES, 'sha256')
  return { clientKey: hmac(saltedPassword, 'Client Key'), serverKey: hmac(saltedPassword, 'Server Key') }
}

/** client-first-message-bare, server-first-message and client-final-message-without-proof, joined by commas. */
function authMessage(userName: string, clientNonce: string, challenge: AuthenticationChallengeMessage): string {
  const { nonce, salt, iterations } = challenge
  const saltText = Buffer.from(salt).toString('base64')
  return `n=${userName},r=${clientNonce},r=${nonce},s=${saltText},i=${iterations},c=${CHANNEL_BINDING},r=${nonce}`
}

function hmac(key: Uint8Array, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest()
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ b[i]!))
}
