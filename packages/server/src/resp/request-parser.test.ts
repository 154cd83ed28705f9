import { CommandArguments } from '@repl/store'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitInlineRequest } from './inline-request.ts'
import { RequestParser } from './request-parser.ts'
import { RespProtocolError } from './resp-protocol-error.ts'

const limits = { maximumBulkLength: 1024 * 1024, maximumQueryBuffer: 4 * 1024 * 1024 }

/** Feeds the pieces and collects every request, or the error that ended it. */
function parse(pieces: Iterable<Buffer>, parser = new RequestParser(limits)) {
  const requests: string[][] = []
  // As the server does: every piece is read into the same buffer, and whatever was in it before is gone.
  const shared = Buffer.alloc(2 * 1024 * 1024)
  for (const piece of pieces) {
    try {
      piece.copy(shared)
      parser.feed(shared, piece.length)
      while (parser.next()) {
        requests.push(Array.from({ length: parser.args.count }, (_, i) => parser.args.latin1(i)))
      }
      parser.keep()
      shared.fill(0xff, 0, piece.length)
    } catch (error) {
      if (!(error instanceof RespProtocolError)) throw error
      return { requests, error: error.message }
    }
  }
  return { requests, error: null }
}

function encode(request: readonly string[]): Buffer {
  const parts = request.map((part) => `$${part.length}\r\n${part}\r\n`)
  return Buffer.from(`*${request.length}\r\n${parts.join('')}`, 'latin1')
}

function* splitAt(bytes: Buffer, cuts: readonly number[]): Generator<Buffer> {
  let start = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    yield bytes.subarray(start, cut)
    start = cut
  }
  yield bytes.subarray(start)
}

const word = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
})
const request = fc.array(word, { minLength: 1, maxLength: 24 })

describe('RequestParser', () => {
  test('finds the same requests however the bytes are split', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 6 }), fc.infiniteStream(fc.nat()), (requests, cuts) => {
        const bytes = Buffer.concat(requests.map(encode))
        const positions = [...cuts.take(5)].map((cut) => cut % (bytes.length + 1))
        expect(parse(splitAt(bytes, positions))).toEqual({ requests, error: null })
      }),
    )
  })

  test('finds the same requests split at each byte, and byte by byte', () => {
    const requests = [['SET', 'key', 'v'.repeat(300)], ['PING'], ['', ''], ['GET', 'a\r\nb']]
    const bytes = Buffer.concat([...requests.map(encode), Buffer.from('ping  "a b"\r\n\r\n'), encode(['END'])])
    const expected = { requests: [...requests, ['ping', 'a b'], ['END']], error: null }
    for (let cut = 0; cut <= bytes.length; cut++) expect(parse(splitAt(bytes, [cut]))).toEqual(expected)
    expect(parse(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)))).toEqual(expected)
  })

  test('joins an argument that is much longer than a read', () => {
    const value = 'x'.repeat(1_000_000)
    const bytes = Buffer.concat([encode(['SET', 'k', value]), encode(['GET', 'k'])])
    const cuts = Array.from({ length: 15 }, (_, i) => (i + 1) * 65536)
    expect(parse(splitAt(bytes, cuts)).requests).toEqual([
      ['SET', 'k', value],
      ['GET', 'k'],
    ])
  })

  test('does not keep a large joining buffer', () => {
    const parser = new RequestParser(limits)
    const bytes = encode(['SET', 'k', 'x'.repeat(900_000)])
    parse(splitAt(bytes, [65536, 131072]), parser)
    parse([encode(['PING'])], parser)
    expect(parser.capacity).toBeLessThanOrEqual(128 * 1024)
  })

  test.each([
    ['*x\r\n', 'invalid multibulk length'],
    ['*01\r\n', 'invalid multibulk length'],
    ['*99999999999\r\n', 'invalid multibulk length'],
    ['*\r\n', 'invalid multibulk length'],
    ['*1\r\n:5\r\n', "expected '$', got ':'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$x\r\n', 'invalid bulk length'],
    ['*1\r\n$1048577\r\n', 'invalid bulk length'],
    ['SET "a\r\n', 'unbalanced quotes in request'],
    [`*${'1'.repeat(70_000)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(70_000)}`, 'too big bulk count string'],
    ['a'.repeat(70_000), 'too big inline request'],
  ])('refuses %.20s', (text, message) => {
    const bytes = Buffer.from(text)
    expect(parse([bytes]).error).toBe(message)
    if (bytes.length < 100) expect(parse(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))).error).toBe(message)
  })

  test('an empty or null array is nothing', () => {
    expect(parse([Buffer.from('*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n')]).requests).toEqual([['PING']])
  })

  test('holds a client to little before it has authenticated', () => {
    const refused = (bytes: Buffer) => {
      const parser = new RequestParser(limits)
      parser.isUnauthenticated = true
      return parse([bytes], parser).error
    }
    expect(refused(Buffer.from('*11\r\n'))).toBe('unauthenticated multibulk length')
    expect(refused(Buffer.from('*2\r\n$4\r\nAUTH\r\n$16385\r\n'))).toBe('unauthenticated bulk length')
    expect(refused(encode(['AUTH', 'secret']))).toBeNull()
  })

  test('holds a client to the query buffer', () => {
    const parser = new RequestParser({ ...limits, maximumQueryBuffer: 1000 })
    expect(parse([Buffer.from('*1\r\n$2000\r\n'), Buffer.alloc(1000)], parser).error).toMatch(/the limit is 1000/)
  })

  test('garbage never crashes it', () => {
    const bytes = fc.array(fc.constantFrom(...Buffer.from('*$1290-\r\n"\' aPx\\').values()), { maxLength: 60 })
    fc.assert(
      fc.property(bytes, fc.nat(), (codes, cut) => {
        const whole = Buffer.from(codes)
        expect(parse(splitAt(whole, [cut % (whole.length + 1)]))).toEqual(parse([whole]))
      }),
    )
  })
})

describe('splitInlineRequest', () => {
  const split = (line: string) => {
    const args = new CommandArguments()
    const bytes = Buffer.from(line, 'latin1')
    const isBalanced = splitInlineRequest(bytes, 0, bytes.length, args)
    return isBalanced ? Array.from({ length: args.count }, (_, i) => args.latin1(i)) : null
  }

  test.each([
    ['  set  key\tvalue ', ['set', 'key', 'value']],
    ['set k "a b"', ['set', 'k', 'a b']],
    ['set k "\\x41\\n\\"\\q\\xzz"', ['set', 'k', 'A\n"qxzz']],
    ["set k 'a\\'b\\n'", ['set', 'k', "a'b\\n"]],
    ['set k ""', ['set', 'k', '']],
    ['"a"b', null],
    ['a"b"', ['ab']],
    ['"a', null],
    ["'a\\'", null],
    ['', []],
  ])('%s', (line, words) => {
    expect(split(line)).toEqual(words)
  })
})
