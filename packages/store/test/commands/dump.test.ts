import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CommandArguments } from '../../src/commands/command-arguments.ts'
import { ValueReply } from '../../src/commands/value-reply.ts'
import { CRC64_BYTES, Crc64 } from '../../src/rdb/crc64.ts'
import { RedisPeer, redisPeerAbsence } from './redis-peer.ts'
import { RespTextReply } from './resp-text-reply.ts'
import { StandaloneContext } from './standalone-context.ts'

const NOW = 1_800_000_000_000
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** One value of each type in each form, and commands that show all of it. */
const values: readonly { name: string; make: readonly string[]; show: readonly (readonly string[])[] }[] = [
  { name: 'a short string', make: ['set', 'k', 'a\xff\0'], show: [['get', 'k']] },
  { name: 'an integer', make: ['set', 'k', '-123456'], show: [['get', 'k']] },
  { name: 'an empty string', make: ['set', 'k', ''], show: [['get', 'k']] },
  { name: 'a long string', make: ['set', 'k', 'abcdefgh'.repeat(40_000)], show: [['get', 'k']] },
  ...[3, 2000].flatMap((count) => [
    {
      name: `a list of ${count}`,
      make: ['rpush', 'k', '', '-5', 'x'.repeat(9000), ...numbers(count).map((i) => `item ${i}`)],
      show: [['lrange', 'k', '0', '-1']],
    },
    {
      name: `a hash of ${count}`,
      make: ['hset', 'k', ...numbers(count).flatMap((i) => [`field ${i}`, `${i * 77777}`])],
      show: [['hgetall', 'k']],
    },
    {
      name: `a set of ${count} integers`,
      make: ['sadd', 'k', ...numbers(count).map((i) => `${i * 100_000 - 70_000}`)],
      show: [['smembers', 'k']],
    },
    {
      name: `a set of ${count} strings`,
      make: ['sadd', 'k', '17', ...numbers(count).map((i) => `member ${i}`)],
      show: [['smembers', 'k']],
    },
    {
      name: `a sorted set of ${count}`,
      make: [
        'zadd',
        'k',
        ...['inf', 'a', '-inf', 'b', '0.1', 'c', '-0', 'd', '1e300', 'e'],
        ...numbers(count).flatMap((i) => [`${i / 7}`, `member ${i}`]),
      ],
      show: [['zrange', 'k', '0', '-1', 'withscores']],
    },
  ]),
]

const latin1 = (parts: readonly string[]): Buffer[] => parts.map((part) => Buffer.from(part, 'latin1'))

function run(context: StandaloneContext, ...parts: readonly (string | Buffer)[]): string {
  const reply = new RespTextReply()
  context.execute(CommandArguments.of(...parts.map((part) => Buffer.from(part as string, 'latin1'))), reply)
  return reply.take()
}

/** In an order of its own, for what has none. */
function sorted(reply: string): string {
  return reply.split('\r\n').sort().join('\n')
}

function bulk(reply: string): Buffer {
  const start = reply.indexOf('\r\n') + 2
  return Buffer.from(reply.slice(start, -2), 'latin1')
}

describe.skipIf(redisPeerAbsence !== null)(
  `values to and from redis-server (${redisPeerAbsence ?? 'exchanged'})`,
  () => {
    let peer: RedisPeer
    beforeAll(async () => {
      peer = await RedisPeer.start()
    })
    afterAll(() => peer[Symbol.asyncDispose]())

    test.each(values)('$name', async ({ make, show }) => {
      await peer.call('flushall')
      const ours = new StandaloneContext(NOW)
      run(ours, ...make)
      const payload = bulk(run(ours, 'dump', 'k'))
      expect(await peer.call('restore', 'k', '0', payload)).toBe('+OK\r\n')
      for (const parts of show) expect(sorted(await peer.call(...latin1(parts)))).toBe(sorted(run(ours, ...parts)))

      await peer.call('flushall')
      await peer.call(...latin1(make))
      const theirs = bulk(await peer.call('dump', 'k'))
      const restored = new StandaloneContext(NOW)
      expect(run(restored, 'restore', 'k', '0', theirs)).toBe('+OK\r\n')
      expect(restored.records()).toEqual(ours.records())
      expect(run(restored, 'object', 'encoding', 'k')).toBe(await peer.call('object', 'encoding', 'k'))
      const slave = new StandaloneContext(NOW, true)
      for (const effect of restored.effects) slave.execute(effect, new ValueReply())
      expect(slave.records()).toEqual(ours.records())
    })

    test('options and errors', async () => {
      await peer.call('flushall')
      const ours = new StandaloneContext(Date.now())
      const payload = bulk(await peer.call('dump', 'k').then(() => run(prepared(), 'dump', 'k')))
      const damaged = Buffer.from(payload)
      damaged[1]! ^= 1
      const later = resealed(payload, (bytes) => bytes.writeUInt16LE(99, bytes.length - 10))
      // Redis would take a shorter string's end from the footer.
      const cut = resealed(payload, (bytes) => bytes.writeUInt8(60, 1))
      const commands: (string | Buffer)[][] = [
        ['restore', 'k', '0', payload],
        ['restore', 'k', '0', payload],
        ['restore', 'k', 'x', payload, 'replace'],
        ['restore', 'k', '-1', payload, 'replace'],
        ['restore', 'k', '0', payload, 'REPLACE', 'idletime', '5'],
        ['restore', 'k', '0', payload, 'replace', 'freq', '5', 'idletime', '5'],
        ['restore', 'k', '0', payload, 'replace', 'freq', '256'],
        ['restore', 'k', '0', payload, 'replace', 'idletime', '-1'],
        ['restore', 'k', '0', payload, 'replace', 'idletime', 'x'],
        ['restore', 'k', '0', payload, 'freq'],
        ['restore', 'k', '0', payload, 'foo'],
        ['restore', 'k2', '0', damaged],
        ['restore', 'k2', '0', later],
        ['restore', 'k2', '0', cut],
        ['restore', 'k2', '0', 'short'],
        ['restore', 'k2', '0', ''],
        ['restore', 'k2', '40000000000000', payload, 'absttl'],
        ['pexpiretime', 'k2'],
        ['restore', 'k2', '1', payload, 'absttl', 'replace'],
        ['exists', 'k2'],
        ['restore', 'k3', '1', payload, 'absttl'],
        ['exists', 'k3'],
        ['dump', 'missing'],
        ['get', 'k'],
      ]
      for (const parts of commands) {
        expect({ parts, reply: run(ours, ...parts) }).toEqual({ parts, reply: await peer.call(...parts) })
      }
      expect(ours.events.filter((event) => event.includes('restore') || event.includes('del'))).toEqual([
        'g restore k',
        'g restore k',
        'g restore k2',
        'g del k2',
      ])
    })
  },
)

function prepared(): StandaloneContext {
  const context = new StandaloneContext(NOW)
  context.call('set', 'k', 'value')
  return context
}

/** A payload that was changed, with the checksum that it has then. */
function resealed(payload: Buffer, change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(payload)
  change(bytes)
  const crc = new Crc64()
  crc.update(bytes, 0, bytes.length - CRC64_BYTES)
  crc.writeTo(bytes, bytes.length - CRC64_BYTES)
  return bytes
}

test('a payload that is no value is refused, and nothing changes', () => {
  const dumps = values
    .filter(({ make }) => make.length < 50 && make[2]!.length < 100)
    .map(({ make }) => {
      const context = new StandaloneContext(NOW)
      context.call(...make)
      return context.call('dump', 'k') as Buffer
    })
  const property = fc.property(
    fc.constantFrom(...dumps),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    fc.nat(10),
    (dumped, changes, cut) => {
      const value = dumped.subarray(0, dumped.length - 10)
      const kept = Buffer.concat([value.subarray(0, Math.max(1, value.length - cut)), dumped.subarray(-10)])
      const payload = resealed(kept, (bytes) => {
        for (const [at, byte] of changes) bytes[at % (bytes.length - 10)] = byte
      })
      const context = new StandaloneContext(NOW)
      context.call('set', 'k', 'before')
      const before = context.records()
      const reply = new ValueReply()
      context.execute(CommandArguments.of('restore', 'k', '0', payload, 'replace'), reply)
      if (reply.take() === 'OK') {
        // Whatever it is, it can be read.
        context.records()
        context.call('dump', 'k')
      } else {
        expect(context.records()).toEqual(before)
      }
      while (context.keySpace.compact(1));
    },
  )
  fc.assert(property, { numRuns: 500 })
})
