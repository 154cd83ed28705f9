import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeCommands } from '../../src/commands/command-table.ts'
import { RedisPeer, redisPeerAbsence } from './redis-peer.ts'

type RespValue = string | number | null | RespValue[]

describe.skipIf(redisPeerAbsence !== null)(
  `metadata, as redis-server has it (${redisPeerAbsence ?? 'compared'})`,
  () => {
    let peer: RedisPeer
    beforeAll(async () => {
      peer = await RedisPeer.start()
    })
    afterAll(() => peer[Symbol.asyncDispose]())

    test.each([...storeCommands.values()])('$name', async (command) => {
      const [info] = parse(await peer.call('COMMAND', 'INFO', command.name)) as RespValue[][]
      const [, docs] = parse(await peer.call('COMMAND', 'DOCS', command.name)) as RespValue[][]
      const documentation = new Map(
        Array.from({ length: docs!.length / 2 }, (_, i) => [docs![2 * i], docs![2 * i + 1]]),
      )
      const { first, last, step } = command.keys ?? { first: 0, last: 0, step: 0 }
      expect([command.name, command.arity, command.flags, first, last, step]).toEqual(info!.slice(0, 6))
      expect(command.summary).toBe(documentation.get('summary'))
      expect(command.since).toBe(documentation.get('since'))
      expect(command.group).toBe(documentation.get('group'))
      expect(command.propagation !== 'none').toBe(command.flags.includes('write'))
    })
  },
)

function parse(text: string): RespValue {
  let at = 0
  function next(): RespValue {
    const lineEnd = text.indexOf('\r\n', at)
    const type = text[at]
    const line = text.slice(at + 1, lineEnd)
    at = lineEnd + 2
    if (type === '*') return Array.from({ length: Number(line) }, next)
    if (type === ':') return Number(line)
    if (type !== '$') return line
    if (line === '-1') return null
    const value = text.slice(at, at + Number(line))
    at += value.length + 2
    return value
  }
  return next()
}
