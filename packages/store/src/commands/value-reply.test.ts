import { describe, expect, test } from 'vitest'
import { ReplyError, ValueReply } from './value-reply.ts'

describe('a reply as a value', () => {
  test('of one part', () => {
    const reply = new ValueReply()
    reply.status('OK')
    expect(reply.take()).toBe('OK')
    reply.bulk(Buffer.from('xhellox'), 1, 6)
    expect(reply.take()).toEqual(Buffer.from('hello'))
    reply.integer(5n)
    expect(reply.take()).toBe(5n)
    reply.nilArray()
    expect(reply.take()).toBeNull()
    reply.error('WRONGTYPE Operation against a key')
    expect(reply.take()).toMatchObject({ code: 'WRONGTYPE', message: 'WRONGTYPE Operation against a key' })
  })

  test('nested, with empty parts', () => {
    const reply = new ValueReply()
    reply.array(5)
    reply.text('0')
    reply.array(0)
    reply.map(2)
    reply.status('a')
    reply.set(2)
    reply.integer(1)
    reply.integer(2)
    reply.nil()
    reply.array(1)
    reply.boolean(true)
    reply.map(0)
    reply.error('ERR no')
    expect(reply.take()).toEqual([
      Buffer.from('0'),
      [],
      new Map<unknown, unknown>([
        ['a', new Set([1, 2])],
        [null, [true]],
      ]),
      new Map(),
      new ReplyError('ERR no'),
    ])
  })

  test('is a copy of the bytes', () => {
    const reply = new ValueReply()
    const bytes = Buffer.from('before')
    reply.bulk(bytes, 0, bytes.length)
    bytes.fill('x')
    expect(reply.take()).toEqual(Buffer.from('before'))
  })

  test('is exactly one', () => {
    const reply = new ValueReply()
    expect(() => reply.take()).toThrow('whole reply')
    reply.integer(1)
    expect(() => reply.integer(2)).toThrow('second reply')
    reply.reset()
    reply.array(2)
    reply.integer(1)
    expect(() => reply.take()).toThrow('whole reply')
  })
})
