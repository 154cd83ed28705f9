import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CommandArguments } from '../../src/commands/command-arguments.ts'
import { bitSequences } from './bit-sequences.ts'
import { type CommandParts, commandSequences } from './command-sequences.ts'
import { databaseSequences } from './database-sequences.ts'
import { hashSequences } from './hash-sequences.ts'
import { listSequences } from './list-sequences.ts'
import { RedisEvents } from './redis-events.ts'
import { RedisPeer, redisPeerAbsence } from './redis-peer.ts'
import { RespTextReply } from './resp-text-reply.ts'
import { setSequences } from './set-sequences.ts'
import { sortSequences } from './sort-sequences.ts'
import { sortedSetSequences } from './sorted-set-sequences.ts'
import { StandaloneContext } from './standalone-context.ts'

// A difference that is meant: a key that has expired and is overwritten before anybody has looked at it gives no
// `expired`, so the expiries here are long ones.

const SEQUENCES = Number(process.env['COMMAND_SEQUENCES'] ?? 20)
const SEED = process.env['COMMAND_SEED'] === undefined ? {} : { seed: Number(process.env['COMMAND_SEED']) }
const TEST_TIMEOUT = 120_000 + SEQUENCES * 300
const CLASSES = ['g', '$', 'l', 's', 'h', 'z'] as const

const latin1 = (parts: CommandParts): Buffer[] => parts.map((part) => Buffer.from(part, 'latin1'))

describe.skipIf(redisPeerAbsence !== null)(
  `keyspace events, as redis-server gives them (${redisPeerAbsence ?? 'compared'})`,
  () => {
    let peer: RedisPeer
    let events: RedisEvents
    beforeAll(async () => {
      peer = await RedisPeer.start()
      events = await RedisEvents.subscribe(peer)
    })
    afterAll(async () => {
      events[Symbol.dispose]()
      await peer[Symbol.asyncDispose]()
    })

    async function compare(classes: readonly string[], sequence: readonly CommandParts[]): Promise<void> {
      await peer.callAll([
        ['flushall'],
        ['select', '0'],
        ['config', 'set', 'notify-keyspace-events', classes.length === 0 ? '' : `E${classes.join('')}`],
      ])
      await events.take()
      await peer.callAll(sequence.map(latin1))
      const expected = await events.take()
      const context = new StandaloneContext(Date.now())
      const reply = new RespTextReply()
      for (const parts of sequence) {
        context.execute(CommandArguments.of(...latin1(parts)), reply)
        reply.take()
      }
      const ours = context.databaseEvents.filter((event) => classes.includes(event[0]!)).map((event) => event.slice(2))
      expect(ours).toEqual(expected)
    }

    test.each([
      ['strings and keys', commandSequences(true, 60)],
      ['databases', databaseSequences(60)],
      ['bits', bitSequences(60)],
      ['sets', setSequences(60, false)],
      ['sorting', sortSequences(40)],
      ['hashes', hashSequences(60)],
      ['lists', listSequences(60)],
      ['sorted sets', sortedSetSequences(60)],
    ])(
      'of %s',
      async (_, sequences) => {
        const classes = fc.subarray([...CLASSES], { minLength: 1 })
        await fc.assert(fc.asyncProperty(classes, sequences, compare), { numRuns: SEQUENCES, ...SEED })
      },
      TEST_TIMEOUT,
    )
  },
)
