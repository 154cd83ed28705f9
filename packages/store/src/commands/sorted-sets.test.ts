import { describe, expect, it } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'

/** Replies in their RESP3 shape, with strings for buffers. */
function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString()
  return Array.isArray(value) ? value.map(plain) : value
}

function contextWith(...members: readonly (string | number)[]): StandaloneContext {
  const context = new StandaloneContext(1_800_000_000_000)
  context.call('ZADD', 'z', ...members)
  context.takeEffects()
  context.events.length = 0
  return context
}

describe('sorted set commands', () => {
  it('answer with pairs and doubles', () => {
    const context = contextWith(1.5, 'a', 2, 'b', 'inf', 'c')
    const call = (...parts: (string | number)[]) => plain(context.call(...parts))
    expect(call('ZRANGE', 'z', 0, 1, 'WITHSCORES')).toEqual([
      ['a', 1.5],
      ['b', 2],
    ])
    expect(call('ZRANGE', 'z', 0, 1)).toEqual(['a', 'b'])
    expect(call('ZSCORE', 'z', 'c')).toBe(Number.POSITIVE_INFINITY)
    expect(call('ZMSCORE', 'z', 'a', 'x')).toEqual([1.5, null])
    expect(call('ZINCRBY', 'z', 1, 'a')).toBe(2.5)
    expect(call('ZADD', 'z', 'NX', 'INCR', 1, 'a')).toBe(null)
    expect(call('ZUNION', 1, 'z', 'WEIGHTS', 2, 'WITHSCORES')).toEqual([
      ['b', 4],
      ['a', 5],
      ['c', Number.POSITIVE_INFINITY],
    ])
    expect(call('ZRANDMEMBER', 'z', 3, 'WITHSCORES')).toHaveLength(3)
    expect(call('ZMPOP', 2, 'none', 'z', 'MIN', 'COUNT', 1)).toEqual(['z', [['b', 2]]])
    expect(call('ZPOPMAX', 'z', 1)).toEqual([['c', Number.POSITIVE_INFINITY]])
    expect(call('ZPOPMIN', 'z')).toEqual(['a', 2.5])
    expect(call('ZPOPMIN', 'z')).toEqual([])
    expect(call('ZMPOP', 1, 'z', 'MIN')).toBe(null)
  })

  it('propagate ZMPOP as what it took', () => {
    const context = contextWith(1, 'a', 2, 'b', 3, 'c')
    context.call('ZMPOP', 2, 'none', 'z', 'MAX', 'COUNT', 2)
    context.call('ZMPOP', 1, 'z', 'MIN', 'COUNT', 7)
    context.call('ZMPOP', 1, 'z', 'MIN')
    expect(context.takeEffects()).toEqual(['ZPOPMAX z 2', 'ZPOPMIN z 1'])
  })

  it('propagate nothing where nothing changes', () => {
    const context = contextWith(1, 'a')
    context.call('ZADD', 'z', 1, 'a')
    context.call('ZADD', 'z', 'NX', 5, 'a')
    context.call('ZADD', 'z', 'GT', 'CH', 0, 'a')
    context.call('ZREM', 'z', 'b')
    context.call('ZREMRANGEBYSCORE', 'z', 5, 6)
    context.call('ZUNIONSTORE', 'none', 1, 'none')
    context.call('ZRANGESTORE', 'none', 'z', 5, 6)
    expect(context.takeEffects()).toEqual([])
    expect(context.events).toEqual([])
    expect(context.changes).toBe(1)
  })

  it('notify as redis-server does', () => {
    const context = contextWith(1, 'a', 2, 'b')
    context.call('ZADD', 'z', 'INCR', 1, 'a')
    context.call('ZINTERSTORE', 'd', 1, 'z')
    context.call('ZPOPMIN', 'd')
    context.call('ZREMRANGEBYRANK', 'z', 0, 0)
    context.call('ZREM', 'z', 'a', 'b')
    context.call('ZDIFFSTORE', 'd', 1, 'z')
    expect(context.events).toEqual([
      'z zincr z',
      'z zinterstore d',
      'z zpopmin d',
      'z zremrangebyrank z',
      'z zrem z',
      'g del z',
      'g del d',
    ])
  })

  it('keep the expiry of what they change, and drop that of what they replace', () => {
    const context = contextWith(1, 'a', 2, 'b')
    context.call('PEXPIREAT', 'z', 1_900_000_000_000)
    context.call('ZADD', 'z', 5, 'a', ...Array.from({ length: 200 }, (_, i) => [i, `m${i}`]).flat())
    context.call('ZPOPMIN', 'z')
    expect(context.call('PEXPIRETIME', 'z')).toBe(1_900_000_000_000)
    context.call('ZRANGESTORE', 'z', 'z', 0, 4)
    expect(context.call('PEXPIRETIME', 'z')).toBe(-1)
    expect(context.call('ZCARD', 'z')).toBe(5)
  })
})
