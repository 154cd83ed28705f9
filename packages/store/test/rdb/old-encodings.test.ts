import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CommandArguments } from '../../src/commands/command-arguments.ts'
import { CRC64_BYTES, Crc64 } from '../../src/rdb/crc64.ts'
import { RdbType } from '../../src/rdb/rdb-encoding.ts'
import { RedisPeer, redisPeerAbsence } from '../commands/redis-peer.ts'
import { RespTextReply } from '../commands/resp-text-reply.ts'
import { StandaloneContext } from '../commands/standalone-context.ts'
import { rdbLength, rdbString, ziplist, zipmap } from './old-blocks.ts'

const integers = ['0', '12', '13', '-1', '127', '-128', '32767', '-32768', '8388607', '-8388608', '2147483647']
const wideIntegers = ['-2147483648', '9223372036854775807', '-9223372036854775808']
const strings = ['', 'a', 'x'.repeat(63), 'y'.repeat(64), 'z'.repeat(16_383), 'w'.repeat(16_384), '\xff\0\r\n', '007']
const items = [...integers, ...wideIntegers, ...strings]
const pairs = items.flatMap((item, i) => [`field ${i}`, item])
const integerFields = integers.flatMap((item, i) => [item, `${i}`])
const scored = items.flatMap((item, i) => [item, `${i}`])

/** Values as Redis before 7.0 wrote them, and the command that shows all of one. */
const values = [
  { name: 'a hash as a ziplist', type: RdbType.HASH_ZIPLIST, value: rdbString(ziplist(pairs)), show: ['hgetall', 'k'] },
  {
    name: 'a hash as a ziplist with integers for fields',
    type: RdbType.HASH_ZIPLIST,
    value: rdbString(ziplist(integerFields)),
    show: ['hgetall', 'k'],
  },
  { name: 'a hash as a zipmap', type: RdbType.HASH_ZIPMAP, value: rdbString(zipmap(pairs)), show: ['hgetall', 'k'] },
  {
    name: 'a sorted set as a ziplist',
    type: RdbType.SORTED_SET_ZIPLIST,
    value: rdbString(ziplist([...scored, 'half', '100.5'])),
    show: ['zrange', 'k', '0', '-1', 'withscores'],
  },
  {
    name: 'a list as one ziplist',
    type: RdbType.LIST_ZIPLIST,
    value: rdbString(ziplist(items)),
    show: ['lrange', 'k', '0', '-1'],
  },
  {
    name: 'a list as several ziplists',
    type: RdbType.LIST_QUICKLIST,
    value: Buffer.concat([rdbLength(3), ...[items, ['one'], strings].map((part) => rdbString(ziplist(part)))]),
    show: ['lrange', 'k', '0', '-1'],
  },
]

/** What RESTORE takes: type, value, RDB version, CRC64. */
function payload(type: number, value: Buffer): string {
  const body = Buffer.concat([Buffer.of(type), value, Buffer.of(9, 0)])
  const crc = new Crc64()
  crc.update(body, 0, body.length)
  const trailer = Buffer.alloc(CRC64_BYTES)
  crc.writeTo(trailer, 0)
  return Buffer.concat([body, trailer]).toString('latin1')
}

function run(context: StandaloneContext, parts: readonly string[]): string {
  const reply = new RespTextReply()
  context.execute(CommandArguments.of(...parts.map((part) => Buffer.from(part, 'latin1'))), reply)
  return reply.take()
}

/** Without the order, which hashes do not have. */
function elements(reply: string): string[] {
  return reply.split('\r\n').sort()
}

describe('values as older versions of Redis wrote them', () => {
  it.each(values)('$name is read', ({ type, value, show }) => {
    const context = new StandaloneContext(0)
    expect(run(context, ['restore', 'k', '0', payload(type, value)])).toBe('+OK\r\n')
    const shown = run(context, show)
    for (const item of type === RdbType.HASH_ZIPLIST && show.length === 2 ? [] : items) expect(shown).toContain(item)
  })

  it.each(values)('$name is refused where any byte of its frame is missing', ({ type, value }) => {
    const context = new StandaloneContext(0)
    for (const length of [1, 5, 12, value.length >> 1, value.length - 1]) {
      const reply = run(context, ['restore', 'k', '0', payload(type, value.subarray(0, length))])
      expect(reply).toBe('-ERR Bad data format\r\n')
      expect(run(context, ['exists', 'k'])).toBe(':0\r\n')
    }
  })

  it.each(values)('$name never does harm with a wrong byte', ({ type, value }) => {
    for (let at = 0; at < Math.min(value.length, 400); at++) {
      const damaged = Buffer.from(value)
      damaged[at] = damaged[at]! ^ 0xff
      const reply = run(new StandaloneContext(0), ['restore', 'k', '0', payload(type, damaged)])
      expect(['+OK\r\n', '-ERR Bad data format\r\n']).toContain(reply)
    }
  })

  describe.skipIf(redisPeerAbsence !== null)(`as redis-server reads them (${redisPeerAbsence ?? 'compared'})`, () => {
    let peer: RedisPeer
    beforeAll(async () => {
      peer = await RedisPeer.start()
    })
    afterAll(() => peer[Symbol.asyncDispose]())

    it.each(values)('$name', async ({ type, value, show }) => {
      const context = new StandaloneContext(0)
      const restore = ['restore', 'k', '0', payload(type, value), 'replace']
      expect(await peer.call(...restore.map((part) => Buffer.from(part, 'latin1')))).toBe('+OK\r\n')
      expect(run(context, restore)).toBe('+OK\r\n')
      expect(elements(run(context, show))).toEqual(elements(await peer.call(...show)))
    })
  })
})
