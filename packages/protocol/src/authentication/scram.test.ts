import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  answerChallenge,
  checkProof,
  createChallenge,
  createNonce,
  createScramVerifier,
  isServerSignature,
  MIN_SCRAM_ITERATIONS,
} from './scram.ts'

const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')

/** Few iterations keep the tests short. */
function verifierFor(password: string) {
  return createScramVerifier(password, salt, MIN_SCRAM_ITERATIONS)
}

describe('SCRAM-SHA-256', () => {
  test('the example of RFC 7677, section 3, from both sides', async () => {
    const clientNonce = 'rOprNGfwEbeRWgbNEkqO'
    const verifier = await createScramVerifier('pencil', salt, 4096)
    const challenge = createChallenge(verifier, clientNonce, '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0')
    expect(challenge).toEqual({
      type: 'authenticationChallenge',
      nonce: 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
      salt,
      iterations: 4096,
    })
    const answer = await answerChallenge('pencil', clientNonce, challenge, 'user')
    expect(Buffer.from(answer.proof.clientProof).toString('base64')).toBe(
      'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    )
    expect(answer.serverSignature.toString('base64')).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
    expect(checkProof(verifier, clientNonce, challenge, answer.proof, 'user')).toEqual(answer.serverSignature)
  })

  test('the right password convinces both sides', async () => {
    const verifier = await createScramVerifier('geheim')
    const clientNonce = createNonce()
    const challenge = createChallenge(verifier, clientNonce)
    const answer = await answerChallenge('geheim', clientNonce, challenge)
    const signature = checkProof(verifier, clientNonce, challenge, answer.proof)
    expect(signature).not.toBeNull()
    expect(isServerSignature(answer.serverSignature, signature!)).toBe(true)
  })

  test('a slave with a wrong password is refused', async () => {
    const verifier = await verifierFor('right')
    const clientNonce = createNonce()
    const challenge = createChallenge(verifier, clientNonce)
    for (const password of ['wrong', '', 'Right', 'right ']) {
      const answer = await answerChallenge(password, clientNonce, challenge)
      expect(checkProof(verifier, clientNonce, challenge, answer.proof)).toBeNull()
    }
  })

  test('a master that does not know the password can’t sign', async () => {
    const impostor = await verifierFor('guess')
    const clientNonce = createNonce()
    const challenge = createChallenge(impostor, clientNonce)
    const answer = await answerChallenge('right', clientNonce, challenge)
    // Nothing it can compute is right: what it would sign with its own keys, nothing, or the slave's own proof.
    const itsOwn = await answerChallenge('guess', clientNonce, challenge)
    for (const signature of [itsOwn.serverSignature, Buffer.alloc(0), Buffer.alloc(32), answer.proof.clientProof]) {
      expect(isServerSignature(answer.serverSignature, signature)).toBe(false)
    }
  })

  test('a proof is good for its own challenge only', async () => {
    const verifier = await verifierFor('right')
    const clientNonce = createNonce()
    const first = createChallenge(verifier, clientNonce)
    const second = createChallenge(verifier, clientNonce)
    const { proof } = await answerChallenge('right', clientNonce, first)
    expect(checkProof(verifier, clientNonce, second, proof)).toBeNull()
    expect(checkProof(verifier, clientNonce, second, { ...proof, nonce: second.nonce })).toBeNull()
    expect(checkProof(verifier, createNonce(), first, proof)).toBeNull()
    expect(checkProof(verifier, clientNonce, first, { ...proof, clientProof: Buffer.alloc(31) })).toBeNull()
    expect(checkProof(verifier, clientNonce, first, proof)).not.toBeNull()
  })

  test('any change to a proof spoils it', async () => {
    const verifier = await verifierFor('right')
    const clientNonce = createNonce()
    const challenge = createChallenge(verifier, clientNonce)
    const { proof } = await answerChallenge('right', clientNonce, challenge)
    fc.assert(
      fc.property(fc.nat(31), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const clientProof = Buffer.from(proof.clientProof)
        clientProof[at]! ^= change
        expect(checkProof(verifier, clientNonce, challenge, { ...proof, clientProof })).toBeNull()
      }),
    )
  })

  test('a slave answers no challenge that could help an attacker', async () => {
    const verifier = await verifierFor('right')
    const clientNonce = createNonce()
    const challenge = createChallenge(verifier, clientNonce)
    const refused = [
      [{ ...challenge, nonce: createNonce() + createNonce() }, 'FOREIGN_NONCE'],
      [{ ...challenge, nonce: clientNonce }, 'FOREIGN_NONCE'],
      [{ ...challenge, iterations: 4095 }, 'ITERATIONS_OUT_OF_BOUNDS'],
      [{ ...challenge, iterations: 100_001 }, 'ITERATIONS_OUT_OF_BOUNDS'],
    ] as const
    for (const [bad, code] of refused) {
      await expect(answerChallenge('right', clientNonce, bad)).rejects.toMatchObject({
        name: 'AuthenticationError',
        code,
      })
    }
  })

  test('the same password typed on two systems is the same', async () => {
    const verifier = await verifierFor('Pa\u00dfw\u00f6rter')
    const clientNonce = createNonce()
    const challenge = createChallenge(verifier, clientNonce)
    const { proof } = await answerChallenge('Pa\u00dfwo\u0308rter', clientNonce, challenge)
    expect(checkProof(verifier, clientNonce, challenge, proof)).not.toBeNull()
  })
})
