import type { Address } from '../keyspace/key-space.ts'
import { VALUE_TYPE_STRING } from '../keyspace/value-type.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { type Int64, parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { MAX_STRING_LENGTH } from './string-record.ts'

const BYTES_PER_CELL = 4
const NO_BYTES = Buffer.alloc(0)

/** A stretch that both strings share: where it is in each, and its length. */
interface Match {
  readonly first: number
  readonly second: number
  readonly length: number
}

interface Options {
  readonly isLength: boolean
  readonly isMatches: boolean
  readonly showsMatchLengths: boolean
  readonly minimumMatchLength: Int64
}

function commonSubsequence(context: CommandContext, args: CommandArguments, reply: Reply) {
  // The first again: the second look-up may have deleted a record that had expired, and that voids addresses.
  context.lookup(args, 1)
  const secondAddress = context.lookup(args, 2)
  const first = stringAt(context, context.lookup(args, 1))
  const second = stringAt(context, secondAddress)
  if (first === null || second === null) return reply.error('ERR The specified keys must contain string values')
  const options = parseOptions(args, reply)
  if (options === null) return
  if (options.isLength && options.isMatches) {
    return reply.error('ERR If you want both the length and indexes, please just use IDX.')
  }
  if ((first.length + 1) * (second.length + 1) * BYTES_PER_CELL > MAX_STRING_LENGTH) {
    return reply.error('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len')
  }
  const lengths = subsequenceLengths(first, second)
  const length = lengths[lengths.length - 1]!
  if (options.isLength) return reply.integer(length)
  const matches = traceMatches(first, second, lengths)
  if (options.isMatches) return replyMatches(matches, length, options, reply)
  const result = Buffer.concat(
    matches.reverse().map((match) => first.subarray(match.first, match.first + match.length)),
  )
  reply.bulk(result, 0, result.length)
}

/** The string at an address as a view, empty for address 0, null for a value of another type. */
function stringAt({ keySpace }: CommandContext, address: Address): Buffer | null {
  if (address === 0) return NO_BYTES
  if (keySpace.typeOf(address) !== VALUE_TYPE_STRING) return null
  const start = keySpace.valueStart(address)
  return keySpace.bytesAt(address).subarray(start, start + keySpace.valueLength(address))
}

/** The options from argument 3 on; null where they are wrong (the error has been given then). */
function parseOptions(args: CommandArguments, reply: Reply): Options | null {
  const options = { isLength: false, isMatches: false, showsMatchLengths: false, minimumMatchLength: 0 as Int64 }
  for (let i = 3; i < args.count; i++) {
    if (isKeyword(args, i, 'idx')) options.isMatches = true
    else if (isKeyword(args, i, 'len')) options.isLength = true
    else if (isKeyword(args, i, 'withmatchlen')) options.showsMatchLengths = true
    else if (isKeyword(args, i, 'minmatchlen') && i + 1 < args.count) {
      const minimum = parseInt64(args.bytes, args.starts[++i]!, args.ends[i]!)
      if (minimum === null) {
        reply.error(NOT_AN_INTEGER)
        return null
      }
      options.minimumMatchLength = minimum
    } else {
      reply.error(SYNTAX_ERROR)
      return null
    }
  }
  return options
}

/** Row i, column j: how long the longest common subsequence of the first i and the first j bytes is. */
function subsequenceLengths(first: Buffer, second: Buffer): Uint32Array {
  const width = second.length + 1
  const lengths = new Uint32Array((first.length + 1) * width)
  for (let i = 1, at = width + 1; i <= first.length; i++, at++) {
    const byte = first[i - 1]!
    for (let j = 1; j < width; j++, at++) {
      const above = lengths[at - width]!
      const before = lengths[at - 1]!
      if (byte === second[j - 1]) lengths[at] = lengths[at - width - 1]! + 1
      else lengths[at] = Math.max(above, before)
    }
  }
  return lengths
}

/** Goes back from the last bytes, with Redis's choice where there are several ways. The last match comes first. */
function traceMatches(first: Buffer, second: Buffer, lengths: Uint32Array): Match[] {
  const width = second.length + 1
  const matches: Match[] = []
  let i = first.length
  let j = second.length
  let length = 0
  while (i > 0 && j > 0) {
    if (first[i - 1] === second[j - 1]) {
      length++
      i--
      j--
      continue
    }
    if (length > 0) matches.push({ first: i, second: j, length })
    length = 0
    if (lengths[(i - 1) * width + j]! > lengths[i * width + j - 1]!) i--
    else j--
  }
  if (length > 0) matches.push({ first: i, second: j, length })
  return matches
}

function replyMatches(matches: readonly Match[], length: number, options: Options, reply: Reply): void {
  const shown = matches.filter((match) => match.length >= options.minimumMatchLength)
  reply.map(2)
  reply.text('matches')
  reply.array(shown.length)
  for (const match of shown) {
    reply.array(options.showsMatchLengths ? 3 : 2)
    replyRange(match.first, match.length, reply)
    replyRange(match.second, match.length, reply)
    if (options.showsMatchLengths) reply.integer(match.length)
  }
  reply.text('len')
  reply.integer(length)
}

function replyRange(start: number, length: number, reply: Reply): void {
  reply.array(2)
  reply.integer(start)
  reply.integer(start + length - 1)
}

/** LCS. */
export const commonSubsequenceCommands: readonly Command<CommandContext>[] = [
  {
    name: 'lcs',
    arity: -3,
    flags: ['readonly'],
    keys: { first: 1, last: 2, step: 1 },
    group: 'string',
    since: '7.0.0',
    summary: 'Find longest common substring',
    syntax: 'key1:key key2:key#0 [LEN] [IDX] [MINMATCHLEN len:integer] [WITHMATCHLEN]',
    complexity: 'O(N*M) where N and M are the lengths of s1 and s2, respectively',
    propagation: 'none',
    execute: commonSubsequence,
  },
]
