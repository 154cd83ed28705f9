import { Master } from '@repl/master'
import { Slave } from '@repl/slave'
import { Store } from '@repl/store'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { Server } from '../server.ts'
import { infoText } from './info-text.ts'

test('a server in this process shows every section in the form of Redis', async () => {
  await using server = await Server.start({ port: 0, logger: pino({ level: 'silent' }) })
  expect(server.store).toBeInstanceOf(Store)
  expect(server.master).toBeInstanceOf(Master)
  expect(server.slave).toBeInstanceOf(Slave)
  server.store.set('key', 'value', { expiresIn: 100_000 })
  const text = infoText(server, ['everything'])
  expect(text).toMatch(/^(# [A-Z]\w+\r\n([\w|]+:[^\r\n]*\r\n)*(\r\n|$))+$/)
  expect(text).toContain('# Keyspace\r\ndb0:keys=1,expires=1,avg_ttl=0\r\n')
  const titles = (names: string[]): string[] => infoText(server, names).match(/(?<=# )\w+/g) ?? []
  expect(titles([])).toEqual(titles(['default']))
  expect(titles([])).not.toContain('Commandstats')
  expect(titles(['stats', 'server'])).toEqual(['Server', 'Stats'])
  expect(titles(['nothing'])).toEqual([])
})
