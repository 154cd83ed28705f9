import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CommandArguments } from '../../src/commands/command-arguments.ts'
import { ValueReply } from '../../src/commands/value-reply.ts'
import type { CommandParts } from './command-sequences.ts'
import { RedisPeer, redisPeerAbsence } from './redis-peer.ts'
import { RespTextReply } from './resp-text-reply.ts'
import { StandaloneContext } from './standalone-context.ts'

// More on request: COMMAND_SEQUENCES=1000 COMMAND_SEED=7 …
const SEQUENCES = Number(process.env['COMMAND_SEQUENCES'] ?? 40)
const SEED = process.env['COMMAND_SEED'] === undefined ? {} : { seed: Number(process.env['COMMAND_SEED']) }
const TEST_TIMEOUT = 120_000 + SEQUENCES * 300
const NOW = 1_800_000_000_000

/** One family of commands, to be compared with redis-server and with a copy that is fed its effects. */
export interface CommandFamily {
  readonly name: string
  readonly sequences: fc.Arbitrary<readonly CommandParts[]>
  /** What is compared at the end of each sequence: commands that show every key. */
  readonly inspection: readonly CommandParts[]
  /** Brings a reply whose order or choice is the server's own to a form that must be equal. */
  comparable(parts: CommandParts, reply: string): string
  /** Sent to redis-server before each sequence. */
  readonly preparation?: readonly CommandParts[]
  /** Each command is sent to redis-server in a transaction of its own: there it doesn't wait, as it doesn't here. */
  readonly isInTransactions?: boolean
}

const latin1 = (parts: CommandParts): Buffer[] => parts.map((part) => Buffer.from(part, 'latin1'))

/** Declares the tests of a family: replies as redis-server gives them, effects that make an equal copy. */
export function describeFamily(family: CommandFamily): void {
  describe.skipIf(redisPeerAbsence !== null)(
    `${family.name}: replies, as redis-server gives them (${redisPeerAbsence ?? 'compared'})`,
    () => {
      let peer: RedisPeer
      beforeAll(async () => {
        peer = await RedisPeer.start()
      })
      afterAll(() => peer[Symbol.asyncDispose]())

      async function compare(sequence: readonly CommandParts[]): Promise<void> {
        const commands = [...sequence, ...family.inspection]
        const preparation = [['flushall'], ...(family.preparation ?? [])]
        const expected = family.isInTransactions
          ? await callInTransactions(peer, preparation, commands)
          : (await peer.callAll([...preparation, ...commands].map(latin1))).slice(preparation.length)
        const context = new StandaloneContext(Date.now())
        const reply = new RespTextReply()
        commands.forEach((parts, i) => {
          context.execute(CommandArguments.of(...latin1(parts)), reply)
          const ours = family.comparable(parts, reply.take())
          expect({ parts, reply: ours }).toEqual({ parts, reply: family.comparable(parts, expected[i]!) })
        })
      }

      test(
        'in random sequences',
        async () => {
          await fc.assert(fc.asyncProperty(family.sequences, compare), { numRuns: SEQUENCES, ...SEED })
        },
        TEST_TIMEOUT,
      )
    },
  )

  test(
    `${family.name}: what is propagated makes an equal key space, with snapshots and compaction in between`,
    () => {
      const property = fc.property(family.sequences, (sequence) => {
        const master = new StandaloneContext(NOW)
        // Its clock is wrong by 30 years, which must not matter.
        const slave = new StandaloneContext(NOW + 1e12, true)
        const reply = new ValueReply()
        const snapshots: Disposable[] = []
        sequence.forEach((parts, i) => {
          // The slave works under snapshots and the master does not: they must not differ.
          if (i % 3 === 0) snapshots.push(slave.keySpace.openSnapshot())
          if (i % 7 === 0) snapshots.shift()?.[Symbol.dispose]()
          master.execute(CommandArguments.of(...latin1(parts)), reply)
          reply.take()
          for (const effect of master.effects.splice(0)) {
            slave.execute(effect, reply)
            expect(reply.take()).not.toBeInstanceOf(Error)
          }
          slave.keySpace.compact(0)
          expect(slave.records()).toEqual(master.records())
        })
        expect(slave.effects).toEqual([])
        for (const snapshot of snapshots) snapshot[Symbol.dispose]()
      })
      fc.assert(property, { numRuns: SEQUENCES, ...SEED })
    },
    TEST_TIMEOUT,
  )
}

async function callInTransactions(
  peer: RedisPeer,
  preparation: readonly CommandParts[],
  commands: readonly CommandParts[],
): Promise<string[]> {
  const transactions = commands.flatMap((parts) => [['multi'], parts, ['exec']])
  const replies = (await peer.callAll([...preparation, ...transactions].map(latin1))).slice(preparation.length)
  return commands.map((_, i) => {
    const [, queued, executed] = replies.slice(3 * i, 3 * i + 3)
    // Refused at once, or the one reply of the transaction.
    return queued!.startsWith('-') ? queued! : executed!.slice('*1\r\n'.length)
  })
}

/** The RESP2 values that follow each other in a text, each with what it contains. */
export function splitReplies(text: string): string[] {
  const found: string[] = []
  for (let at = 0; at < text.length; ) {
    const end = replyEnd(text, at)
    found.push(text.slice(at, end))
    at = end
  }
  return found
}

/** The elements of a RESP2 array; of anything else, itself. */
export function elementsOf(reply: string): string[] {
  return reply[0] === '*' ? splitReplies(reply.slice(reply.indexOf('\r\n') + 2)) : [reply]
}

/** Elements two by two, in an order of their own: a map or a list of pairs. */
export function sortedPairs(elements: readonly string[]): string {
  const pairs: string[] = []
  for (let i = 0; i < elements.length; i += 2) pairs.push(elements[i]! + elements[i + 1]!)
  return pairs.sort().join('')
}

function replyEnd(text: string, start: number): number {
  const next = text.indexOf('\r\n', start) + 2
  const length = Number(text.slice(start + 1, next - 2))
  if (text[start] === '$') return length < 0 ? next : next + length + 2
  if (text[start] !== '*') return next
  let end = next
  for (let i = 0; i < length; i++) end = replyEnd(text, end)
  return end
}
