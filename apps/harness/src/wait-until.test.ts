import { expect, test } from 'vitest'
import { WaitTimeoutError, waitUntil } from './wait-until.ts'

const never = new AbortController().signal

test('gives what the look gives, once it does', async () => {
  let looks = 0
  const wait = { awaited: 'three looks', timeout: 60_000, signal: never, period: 0 }
  expect(await waitUntil(wait, () => (++looks === 3 ? 'seen' : undefined))).toBe('seen')
})

test('says what it waited for in vain', async () => {
  const wait = { awaited: 'the moon', timeout: 0, signal: never, period: 0 }
  const error = await waitUntil(wait, () => undefined).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(WaitTimeoutError)
  expect(String(error)).toContain('the moon')
})

test('an abort ends the wait with its reason', async () => {
  const abort = new AbortController()
  const reason = new Error('interrupted')
  const waiting = waitUntil({ awaited: 'nothing', timeout: 60_000, signal: abort.signal }, () => undefined)
  abort.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})
