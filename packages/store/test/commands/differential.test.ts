import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CommandArguments } from '../../src/commands/command-arguments.ts'
import { ValueReply } from '../../src/commands/value-reply.ts'
import { type CommandParts, commandSequences, KEYS } from './command-sequences.ts'
import { RedisPeer, redisPeerAbsence } from './redis-peer.ts'
import { RespTextReply } from './resp-text-reply.ts'
import { StandaloneContext } from './standalone-context.ts'

// Differences from redis-server that are meant, and so not part of the sequences:
// - An expiry beyond 2^53 - 1 milliseconds becomes that: the key space counts in numbers.
// - SCAN's cursors are other numbers, and neither it nor RANDOMKEY deletes what has expired; they pass over it.
// - RANDOMKEY on a slave never gives a key that has expired.

// More on request: COMMAND_SEQUENCES=1000 COMMAND_SEED=7 …
const SEQUENCES = Number(process.env['COMMAND_SEQUENCES'] ?? 60)
const SEED = process.env['COMMAND_SEED'] === undefined ? {} : { seed: Number(process.env['COMMAND_SEED']) }
const SEQUENCE_LENGTH = 80
const TEST_TIMEOUT = 120_000 + SEQUENCES * 200
/** How far two servers' clocks may be apart when each reads its own for the same command. */
const CLOCK_TOLERANCE = 30_000

const latin1 = (parts: CommandParts): Buffer[] => parts.map((part) => Buffer.from(part, 'latin1'))

/** What a test looks at in the end: every value and expiry. */
const inspection: readonly CommandParts[] = KEYS.flatMap((key) => [
  ['get', key],
  ['pexpiretime', key],
])

/** These delete what has expired in passing; that shows in DBSIZE, so all keys are then touched on both sides. */
const passing = new Set(['scan', 'randomkey'])

/** Replies whose order, choice or clock is the server's own, brought to a form that must be equal. */
function comparable(parts: CommandParts, reply: string, isRelative: boolean): string {
  const name = parts[0]!.toLowerCase()
  if (name === 'keys' || name === 'scan') return splitBulks(reply).sort().join('')
  if (name === 'randomkey') return reply === '$-1\r\n' ? reply : 'some key'
  const isTime = name === 'ttl' || name === 'pttl' || (isRelative && /^p?expiretime$/.test(name))
  const milliseconds = Number(reply.slice(1)) * (name.startsWith('p') ? 1 : 1000)
  return isTime && milliseconds >= 0 ? `:about ${Math.round(milliseconds / CLOCK_TOLERANCE / 10)}` : reply
}

function splitBulks(reply: string): string[] {
  const found: string[] = []
  for (let at = 0; at < reply.length; ) {
    const lineEnd = reply.indexOf('\r\n', at) + 2
    const length = reply[at] === '$' ? Number(reply.slice(at + 1, lineEnd)) + 2 : 0
    found.push(reply.slice(at, lineEnd + length))
    at = lineEnd + length
  }
  return found
}

describe.skipIf(redisPeerAbsence !== null)(
  `replies, as redis-server gives them (${redisPeerAbsence ?? 'compared'})`,
  () => {
    let peer: RedisPeer
    beforeAll(async () => {
      peer = await RedisPeer.start()
    })
    afterAll(() => peer[Symbol.asyncDispose]())

    async function compare(sequence: readonly CommandParts[], isRelative: boolean): Promise<void> {
      const touch: CommandParts = ['exists', ...KEYS]
      const commands = [
        ...sequence.flatMap((parts) => (passing.has(parts[0]!.toLowerCase()) ? [parts, touch] : [parts])),
      ]
      commands.push(...inspection)
      const [, ...expected] = await peer.callAll([['flushall'], ...commands.map(latin1)])
      const context = new StandaloneContext(Date.now())
      const reply = new RespTextReply()
      commands.forEach((parts, i) => {
        context.execute(CommandArguments.of(...latin1(parts)), reply)
        const ours = comparable(parts, reply.take(), isRelative)
        expect({ parts, reply: ours }).toEqual({ parts, reply: comparable(parts, expected[i]!, isRelative) })
      })
    }

    test.each([
      ['absolute', false],
      ['relative', true],
    ])(
      'with %s expiries',
      async (_, isRelative) => {
        const property = fc.asyncProperty(commandSequences(isRelative, SEQUENCE_LENGTH), (sequence) =>
          compare(sequence, isRelative),
        )
        await fc.assert(property, { numRuns: SEQUENCES, ...SEED })
      },
      TEST_TIMEOUT,
    )
  },
)

describe('what is propagated', () => {
  test.each([
    ['absolute', false],
    ['relative', true],
  ])(
    'makes an equal key space elsewhere, at another time, with %s expiries',
    (_, isRelative) => {
      const property = fc.property(commandSequences(isRelative, SEQUENCE_LENGTH), (sequence) => {
        const now = 1_800_000_000_000
        const master = new StandaloneContext(now)
        // Its clock is wrong by 30 years, which must not matter.
        const slave = new StandaloneContext(now + 1e12, true)
        const reply = new ValueReply()
        for (const parts of sequence) {
          master.execute(CommandArguments.of(...latin1(parts)), reply)
          reply.take()
          master.now += 700
          for (const effect of master.effects.splice(0)) {
            slave.execute(effect, reply)
            expect(reply.take()).not.toBeInstanceOf(Error)
          }
          expect(slave.records()).toEqual(master.records())
        }
        expect(slave.effects).toEqual([])
      })
      fc.assert(property, { numRuns: SEQUENCES, ...SEED })
    },
    TEST_TIMEOUT,
  )
})
