import { Redis } from 'ioredis'
import { RateLimiterRedisNonAtomic, RateLimiterRes } from 'rate-limiter-flexible'
import { createClient } from 'redis'
import { describe, expect, it } from 'vitest'
import { Pair } from './pair.ts'

/** What a refused one is told. */
async function refusal(consuming: Promise<unknown>): Promise<RateLimiterRes> {
  const refused = await consuming.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(refused).toBeInstanceOf(RateLimiterRes)
  return refused as RateLimiterRes
}

describe.each(['ioredis', 'node-redis'] as const)('rate-limiter-flexible without a script, on %s', (library) => {
  it('limits logins by address, and blocks who goes on', async ({ signal }) => {
    await using pair = await Pair.start(signal)
    const url = `redis://127.0.0.1:${pair.masterPort}`
    const io = library === 'ioredis' ? new Redis(url) : null
    const node = library === 'node-redis' ? await createClient({ url }).connect() : null
    try {
      const limiter = new RateLimiterRedisNonAtomic({
        storeClient: io ?? node,
        useRedisPackage: node !== null,
        keyPrefix: 'login',
        points: 5,
        duration: 60,
        blockDuration: 600,
      })
      expect(await limiter.get('10.0.0.1')).toBeNull()
      for (let consumed = 1; consumed <= 5; consumed++) {
        const { consumedPoints, remainingPoints, msBeforeNext } = await limiter.consume('10.0.0.1')
        expect({ consumedPoints, remainingPoints }).toEqual({ consumedPoints: consumed, remainingPoints: 5 - consumed })
        expect(msBeforeNext).toBeGreaterThan(50_000)
        expect(msBeforeNext).toBeLessThanOrEqual(60_000)
      }
      const refused = await refusal(limiter.consume('10.0.0.1'))
      expect(refused.remainingPoints).toBe(0)
      // From now on it's the block that counts.
      expect(refused.msBeforeNext).toBeGreaterThan(590_000)
      expect(await pair.master.pttl('login:10.0.0.1')).toBeGreaterThan(590_000)

      // Others are not concerned; several points at once; a penalty, a reward, a look.
      expect(await limiter.consume('10.0.0.2', 3)).toMatchObject({ remainingPoints: 2 })
      expect(await limiter.penalty('10.0.0.2', 1)).toMatchObject({ consumedPoints: 4 })
      expect(await limiter.reward('10.0.0.2', 2)).toMatchObject({ consumedPoints: 2 })
      expect(await limiter.get('10.0.0.2')).toMatchObject({ consumedPoints: 2, remainingPoints: 3 })
      await limiter.block('10.0.0.3', 30)
      expect((await refusal(limiter.consume('10.0.0.3'))).msBeforeNext).toBeLessThanOrEqual(30_000)
      await limiter.set('10.0.0.4', 100, 0)
      expect(await pair.master.pttl('login:10.0.0.4')).toBe(-1)

      await pair.untilReplicated(signal)
      expect(await pair.slave.get('login:10.0.0.2')).toBe('2')
      expect(await pair.slave.pexpiretime('login:10.0.0.1')).toBe(await pair.master.pexpiretime('login:10.0.0.1'))

      expect(await limiter.delete('10.0.0.1')).toBe(true)
      expect(await limiter.delete('10.0.0.1')).toBe(false)
      expect(await limiter.consume('10.0.0.1')).toMatchObject({ consumedPoints: 1 })
    } finally {
      io?.disconnect()
      node?.destroy()
    }
  })
})
