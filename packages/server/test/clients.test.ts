import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasRedisTools, redisCli, WITHOUT_REDIS_TOOLS } from './support/redis-tools.ts'
import { runProgram, ServerProcess, TemporaryFolder } from './support/server-process.ts'

let server: ServerProcess
let folder: TemporaryFolder

beforeAll(async () => {
  folder = new TemporaryFolder()
  server = await ServerProcess.start('--dir', folder.path)
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

/** Runs `use` and fails on any warning of the process. */
async function withoutWarnings(use: () => Promise<void>): Promise<void> {
  const warnings: Error[] = []
  const onWarning = (warning: Error): number => warnings.push(warning)
  process.on('warning', onWarning)
  try {
    await use()
    await new Promise(setImmediate)
  } finally {
    process.off('warning', onWarning)
  }
  expect(warnings).toEqual([])
}

describe('ioredis', () => {
  test('connects and works, without a warning or an error', () =>
    withoutWarnings(async () => {
      const client = new Redis({ port: server.port, host: '127.0.0.1', lazyConnect: true, connectionName: 'io' })
      const errors: unknown[] = []
      client.on('error', (error) => errors.push(error))
      await client.connect()
      try {
        expect(client.status).toBe('ready')
        expect(await client.set('io', 'value', 'PX', 60_000)).toBe('OK')
        expect(await client.get('io')).toBe('value')
        expect(await client.client('GETNAME')).toBe('io')
        const results = await client.pipeline().incr('io:n').incr('io:n').get('io:n').exec()
        expect(results?.map(([, value]) => value)).toEqual([1, 2, '2'])
        expect(await client.info('replication')).toMatch(/^# Replication\r\nrole:master\r\n/)
        const found: string[] = []
        for await (const keys of client.scanStream({ match: 'io*' })) found.push(...(keys as string[]))
        expect(new Set(found)).toEqual(new Set(['io', 'io:n']))
        await expect(client.call('NOPE')).rejects.toThrow("ERR unknown command 'NOPE'")
      } finally {
        await client.quit()
      }
      expect(errors).toEqual([])
    }))
})

describe.each([2, 3] as const)('node-redis with RESP%d', (version) => {
  test('connects and works, without a warning or an error', () =>
    withoutWarnings(async () => {
      const client = createClient({ socket: { port: server.port, host: '127.0.0.1' }, RESP: version, name: 'node' })
      const errors: unknown[] = []
      client.on('error', (error) => errors.push(error))
      await client.connect()
      try {
        expect(await client.set('node', 'value')).toBe('OK')
        expect(await client.get('node')).toBe('value')
        expect(await client.mGet(['node', 'none'])).toEqual(['value', null])
        expect(await client.clientGetName()).toBe('node')
        expect(await client.clientInfo()).toMatchObject({ name: 'node', resp: version })
        expect({ ...(await client.configGet('appendfsync')) }).toEqual({ appendfsync: 'everysec' })
        expect(await client.info('server')).toContain('redis_version:7.0.15')
        expect(await client.commandCount()).toBeGreaterThan(50)
        expect((await client.commandInfo(['get']))[0]).toMatchObject({ name: 'get', arity: 2, firstKeyIndex: 1 })
        expect(await client.role()).toMatchObject({ role: 'master', replicas: [] })
        expect(await client.time()).toBeTruthy()
        await expect(client.sendCommand(['NOPE'])).rejects.toThrow("ERR unknown command 'NOPE'")
      } finally {
        await client.close()
      }
      expect(errors).toEqual([])
    }))
})

describe.skipIf(!hasRedisTools)(`Redis's own tools (${hasRedisTools ? 'here' : WITHOUT_REDIS_TOOLS})`, () => {
  test('redis-cli, in RESP2 and RESP3', async () => {
    expect(await redisCli(server.port, 'SET', 'cli', 'value')).toBe('OK')
    for (const version of ['-2', '-3']) {
      expect(await redisCli(server.port, version, 'GET', 'cli')).toBe('value')
      expect(await redisCli(server.port, version, 'INFO', 'stats')).toMatch(/event_loop_delay_max_ms:\d+\.\d{3}/)
      expect(await redisCli(server.port, version, 'COMMAND', 'DOCS', 'get')).toContain('Get the value of a key')
      expect(await redisCli(server.port, version, 'CONFIG', 'GET', 'appendonly')).toMatch(/^appendonly[ \n]yes$/)
    }
    expect(await redisCli(server.port, '--scan', '--pattern', 'cl?')).toBe('cli')
    const { stdout } = await runProgram(
      'redis-cli',
      ['-p', String(server.port), '--pipe'],
      'SET piped 1\r\n'.repeat(100),
    )
    expect(stdout).toContain('errors: 0, replies: 100')
  })

  test.each([
    ['-P', '1', '-n', '2000'],
    ['-P', '32', '-n', '50000'],
    ['-P', '16', '-n', '20000', '-3'],
  ])('redis-benchmark %s %s %s %s', async (...options) => {
    const { code, stdout, stderr } = await runProgram('redis-benchmark', [
      ...['-p', String(server.port), '-t', 'ping,set,get,incr,mset', '-r', '1000', '-d', '100', '--csv', ...options],
    ])
    expect(stderr).toBe('')
    expect(stdout).not.toMatch(/warning|error/i)
    expect(stdout.trim().split('\n')).toHaveLength(7)
    expect(code).toBe(0)
  })

  test('redis-check-rdb passes what SAVE wrote', async () => {
    const before = Number(await redisCli(server.port, 'LASTSAVE'))
    expect(await redisCli(server.port, 'SET', 'saved', 'yes', 'EX', '1000')).toBe('OK')
    expect(await redisCli(server.port, 'SAVE')).toBe('OK')
    expect(Number(await redisCli(server.port, 'LASTSAVE'))).toBeGreaterThanOrEqual(before)
    const { stdout, code } = await runProgram('redis-check-rdb', [`${folder.path}/dump.rdb`])
    expect(stdout).toContain('RDB looks OK!')
    expect(code).toBe(0)
    expect(await redisCli(server.port, 'INFO', 'persistence')).toMatch(/rdb_changes_since_last_save:0\r?\n/)
  })
})
