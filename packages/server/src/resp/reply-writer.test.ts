import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHUNK_LENGTH } from './output-buffer.ts'
import { ReplyWriter, type RespVersion } from './reply-writer.ts'

function written(version: RespVersion, write: (reply: ReplyWriter) => void): string {
  const reply = new ReplyWriter()
  reply.version = version
  write(reply)
  const pieces: Buffer[] = []
  const { size } = reply.output
  reply.output.drainTo((piece) => {
    pieces.push(Buffer.from(piece))
    return true
  })
  expect(reply.output.size).toBe(0)
  const bytes = Buffer.concat(pieces)
  expect(bytes.length).toBe(size)
  return bytes.toString('latin1')
}

describe('ReplyWriter', () => {
  test.each<[string, (reply: ReplyWriter) => void, string, string]>([
    ['OK', (r) => r.status('OK'), '+OK\r\n', '+OK\r\n'],
    ['a status', (r) => r.status('PONG'), '+PONG\r\n', '+PONG\r\n'],
    ['an error', (r) => r.error("ERR bad '\r\n'"), "-ERR bad '  '\r\n", "-ERR bad '  '\r\n"],
    ['a bigint', (r) => r.integer(-9223372036854775808n), ':-9223372036854775808\r\n', ':-9223372036854775808\r\n'],
    ['text', (r) => r.text('é'), '$2\r\n\xc3\xa9\r\n', '$2\r\n\xc3\xa9\r\n'],
    ['null', (r) => r.nil(), '$-1\r\n', '_\r\n'],
    ['null array', (r) => r.nilArray(), '*-1\r\n', '_\r\n'],
    ['a double', (r) => r.double(2.5), '$3\r\n2.5\r\n', ',2.5\r\n'],
    ['a boolean', (r) => r.boolean(true), ':1\r\n', '#t\r\n'],
    [
      'a big number',
      (r) => r.bigNumber(12345678901234567890n),
      '$20\r\n12345678901234567890\r\n',
      '(12345678901234567890\r\n',
    ],
    ['verbatim', (r) => r.verbatim('hé'), '$3\r\nh\xc3\xa9\r\n', '=7\r\ntxt:h\xc3\xa9\r\n'],
    ['an array', (r) => r.array(12), '*12\r\n', '*12\r\n'],
    ['a set', (r) => r.set(2), '*2\r\n', '~2\r\n'],
    ['a map', (r) => r.map(2), '*4\r\n', '%2\r\n'],
    [
      'pairs',
      (r) => {
        r.pairs(1)
        r.pair()
        r.text('k')
        r.integer(1)
      },
      '*2\r\n$1\r\nk\r\n:1\r\n',
      '*1\r\n*2\r\n$1\r\nk\r\n:1\r\n',
    ],
    ['a push', (r) => r.push(2), '*2\r\n', '>2\r\n'],
  ])('writes %s', (_, write, resp2, resp3) => {
    expect(written(2, write)).toBe(resp2)
    expect(written(3, write)).toBe(resp3)
  })

  test('writes every whole number', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written(2, (r) => r.integer(value))).toBe(`:${value}\r\n`)
      }),
    )
  })

  test('writes strings of any length, over chunk borders', () => {
    const lengths = fc.array(fc.oneof(fc.nat(100), fc.nat(CHUNK_LENGTH * 2)), { maxLength: 12 })
    fc.assert(
      fc.property(lengths, (all) => {
        const source = Buffer.alloc(CHUNK_LENGTH * 2 + 10, 'abcdefg')
        const text = written(2, (r) => {
          for (const length of all) r.bulk(source, 3, 3 + length)
        })
        expect(text).toBe(all.map((n) => `$${n}\r\n${source.toString('latin1', 3, 3 + n)}\r\n`).join(''))
      }),
      { numRuns: 30 },
    )
  })

  test('tells of every error', () => {
    const errors: string[] = []
    new ReplyWriter((text) => errors.push(text)).error('ERR no')
    expect(errors).toEqual(['ERR no'])
  })
})
