import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Argument, CommandSyntaxError, parseSyntax } from './command-syntax.ts'

/** What differs from a plain, mandatory argument. */
function short({ isOptional, isMultiple, isTokenRepeated, members, ...rest }: Argument): object {
  return {
    ...rest,
    ...(isOptional ? { isOptional } : {}),
    ...(isMultiple ? { isMultiple } : {}),
    ...(isTokenRepeated ? { isTokenRepeated } : {}),
    ...(members.length > 0 ? { members: members.map(short) } : {}),
  }
}

const parsed = (syntax: string): object[] => parseSyntax(syntax).map(short)
const NX = { name: 'nx', type: 'pure-token', token: 'NX' }
const XX = { name: 'xx', type: 'pure-token', token: 'XX' }
const A = { name: 'a', type: 'string' }
const B = { name: 'b', type: 'string' }

describe('parseSyntax', () => {
  test('nothing', () => expect(parsed('')).toEqual([]))

  test('values and their types, which may be what the name says', () => {
    expect(parsed('key a count:integer score:double at:unix-time pattern ip:port:string')).toEqual([
      { name: 'key', type: 'key', keySpecification: 0 },
      A,
      { name: 'count', type: 'integer' },
      { name: 'score', type: 'double' },
      { name: 'at', type: 'unix-time' },
      { name: 'pattern', type: 'pattern' },
      { name: 'ip:port', type: 'string' },
    ])
  })

  test('each key belongs to the next key specification, unless it says to which', () => {
    const keys = parseSyntax('source:key key key1:key#0 pattern#1 destination:key')
    expect(keys.map(({ keySpecification }) => keySpecification)).toEqual([0, 1, 0, 1, 2])
  })

  test('a token by itself, before one value, and before several', () => {
    expect(parsed('[NX] [COUNT a] [LIMIT a b]')).toEqual([
      { ...NX, isOptional: true },
      { ...A, token: 'COUNT', isOptional: true },
      { name: 'a_b', type: 'block', token: 'LIMIT', isOptional: true, members: [A, B] },
    ])
    expect(parsed('a LIMIT b [NX]')).toEqual([
      A,
      { name: 'b_nx', type: 'block', token: 'LIMIT', members: [B, { ...NX, isOptional: true }] },
    ])
    // What is optional behind a token is no reason to leave the token out.
    expect(parsed('LIMIT [a]')).toEqual([
      { name: 'a', type: 'block', token: 'LIMIT', members: [{ ...A, isOptional: true }] },
    ])
  })

  test('alternatives, of one argument or of several', () => {
    expect(parsed('<NX | XX a | a b | XX NX>')).toEqual([
      {
        name: 'nx_a_a_b_xx_nx',
        type: 'oneof',
        members: [
          NX,
          { ...A, token: 'XX' },
          { name: 'a_b', type: 'block', members: [A, B] },
          { name: 'xx_nx', type: 'block', members: [XX, NX] },
        ],
      },
    ])
    expect(parsed('[ORDER <order: NX | XX>]')).toEqual([
      { name: 'order', type: 'oneof', token: 'ORDER', isOptional: true, members: [NX, XX] },
    ])
  })

  test('names of groups', () => {
    expect(parsed('[condition: NX | XX] <pair: a b> [change: NX] <one: a> <a>')).toEqual([
      { name: 'condition', type: 'oneof', isOptional: true, members: [NX, XX] },
      { name: 'pair', type: 'block', members: [A, B] },
      { ...NX, name: 'change', isOptional: true },
      { name: 'one', type: 'block', members: [A] },
      { name: 'a', type: 'block', members: [A] },
    ])
  })

  test('repetition, of a value, a group, or what has a token, with the token or without', () => {
    expect(parsed('a... [b...] <a b>... [COUNT a...] [COUNT a]... <COUNT a>...')).toEqual([
      { ...A, isMultiple: true },
      { ...B, isMultiple: true, isOptional: true },
      { name: 'a_b', type: 'block', isMultiple: true, members: [A, B] },
      { ...A, token: 'COUNT', isMultiple: true, isOptional: true },
      { ...A, token: 'COUNT', isMultiple: true, isTokenRepeated: true, isOptional: true },
      { ...A, token: 'COUNT', isMultiple: true, isTokenRepeated: true },
    ])
  })

  test('versions', () => {
    expect(parsed('[a]@6.2.0 [NX@2.6.12 | XX!2.8.12]@1.0.0!7.0.0')).toEqual([
      { ...A, isOptional: true, since: '6.2.0' },
      {
        name: 'nx_xx',
        type: 'oneof',
        isOptional: true,
        since: '1.0.0',
        deprecatedSince: '7.0.0',
        members: [
          { ...NX, since: '2.6.12' },
          { ...XX, deprecatedSince: '2.8.12' },
        ],
      },
    ])
  })

  test.each([
    ['key {', 4, "'{' out of place"],
    ['a:intger', 2, "'intger' is no type"],
    ['Key', 0, "'Key' is neither a name nor a token"],
    ['[NX | XX', 0, "A '[' that is not closed"],
    ['a <NX | XX]', 2, "A '<' that is not closed"],
    ['a]', 1, "']' out of place"],
    ['a | b', 2, "'|' out of place"],
    ['a [ | NX]', 2, 'A group or alternative of nothing'],
    ['a []', 2, 'A group or alternative of nothing'],
    ['a [[b]]', 2, 'Optional twice'],
    ['[a...]...', 6, 'Repeated twice'],
    ['[a@1.0.0]@2.0.0', 9, 'A second version'],
    ['a@now', 1, "'@' out of place"],
    ['a#x', 1, "'#' out of place"],
    ['a.. b', 1, "'.' out of place"],
    ['a[b]', 1, "'[' out of place"],
    ['[a]b', 3, "'b' out of place"],
  ])('%s is refused, with the position', (syntax, position, reason) => {
    const error = thrownBy(syntax)
    expect(error?.message).toBe(`${reason} at ${position} in the syntax '${syntax}'`)
    expect(error?.position).toBe(position)
  })

  test('any other text is read or refused', () => {
    const pieces = [
      'a',
      'KEY',
      'key',
      ':',
      'integer',
      '[',
      ']',
      '<',
      '>',
      '|',
      '...',
      '@1.0.0',
      '!2.0.0',
      '#1',
      'x: ',
      ' ',
    ]
    const texts = fc.array(fc.constantFrom(...pieces, '@', '.', 'é'), { maxLength: 12 }).map((words) => words.join(''))
    fc.assert(
      fc.property(texts, (syntax) => {
        const error = thrownBy(syntax)
        if (error === null) return
        expect(error).toBeInstanceOf(CommandSyntaxError)
        expect(error.position).toBeGreaterThanOrEqual(0)
        expect(error.position).toBeLessThanOrEqual(syntax.length)
      }),
      { numRuns: 2000 },
    )
  })
})

function thrownBy(syntax: string): CommandSyntaxError | null {
  try {
    parseSyntax(syntax)
    return null
  } catch (error) {
    return error as CommandSyntaxError
  }
}
