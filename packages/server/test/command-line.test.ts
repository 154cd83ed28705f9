import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { RawClient } from './support/raw-client.ts'
import { runCli, ServerProcess, TemporaryFolder } from './support/server-process.ts'

describe('repl-server', () => {
  test('says what it can do, and which version it is', async () => {
    const help = await runCli('--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    for (const option of ['--port', '--dir', '--replicaof', '--requirepass', '--appendfsync', '--repl-backlog-size']) {
      expect(help.stdout).toContain(option)
    }
    expect((await runCli('--version')).stdout).toMatch(/^repl-server \d+\.\d+\.\d+ /)
  })

  test.each([
    [['--port', 'abc'], "repl-server: --port 'abc': argument couldn't be parsed into an integer"],
    [['--prot', '1'], "repl-server: unknown option '--prot'"],
    [['--slaveof', 'somewhere'], "repl-server: --slaveof 'somewhere': a master's address is \"HOST PORT\""],
    [['--bind', '192.0.2.1', '--port', '0'], "repl-server: can't listen on 192.0.2.1:0"],
  ])('refuses %j with a message and code 1', async (options, message) => {
    const { code, stderr } = await runCli(...options)
    expect(stderr).toContain(message)
    expect(code).toBe(1)
  })

  test('says so where another program has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? address?.port : 0
    const { code, stderr } = await runCli('--port', String(port))
    other.close()
    expect(stderr).toBe(`repl-server: can't listen on 127.0.0.1:${port}: another program listens there already\n`)
    expect(code).toBe(1)
  })

  test('keeps what was written across SIGTERM, and the log is JSON', async () => {
    using folder = new TemporaryFolder()
    {
      await using server = await ServerProcess.start('--dir', folder.path)
      using client = await RawClient.connect(server.port)
      expect(await client.line('SET key value')).toBe('+OK')
      expect(await server.end('SIGTERM')).toBe(0)
      await client.closed()
      expect(server.log.at(-1)).toMatchObject({ msg: 'bye' })
      expect(server.stderr).toBe('')
    }
    await using server = await ServerProcess.start('--dir', folder.path)
    using client = await RawClient.connect(server.port)
    expect(await client.line('STRLEN key')).toBe(':5')
  })

  test.each(['SHUTDOWN', 'SHUTDOWN NOSAVE', 'shutdown save'])('%s ends it with code 0', async (command) => {
    using folder = new TemporaryFolder()
    await using server = await ServerProcess.start('--dir', folder.path)
    const ended = once(server.process, 'exit')
    expect(await RawClient.exchange(server.port, `SET k v\r\n${command}\r\n`)).toBe('+OK\r\n')
    expect(await ended).toEqual([0, null])
  })

  test('a second signal ends it at once', async () => {
    await using server = await ServerProcess.start()
    using client = await RawClient.connect(server.port)
    await client.line('PING')
    const ended = once(server.process, 'exit')
    // Held in a command, it gets both signals together.
    client.send('DEBUG SLEEP 0.3\r\n')
    await server.logged((entry) => entry.msg.startsWith('DEBUG SLEEP'))
    server.process.kill('SIGTERM')
    server.process.kill('SIGINT')
    const [code] = await ended
    expect([0, 130]).toContain(code)
  })

  test('loses no write that it answered under appendfsync always', async () => {
    using folder = new TemporaryFolder()
    let answered = 0
    {
      await using server = await ServerProcess.start('--dir', folder.path, '--appendfsync', 'always')
      using client = await RawClient.connect(server.port)
      for (let i = 0; i < 5000; i++) client.send(`SET key:${i} ${i}\r\n`)
      await client.take((received) => received.length >= 5 * 1000)
      answered = 1000
      await server.end('SIGKILL')
      answered += Math.floor(client.received.length / 5)
    }
    await using server = await ServerProcess.start('--dir', folder.path, '--appendfsync', 'always')
    using client = await RawClient.connect(server.port)
    const keys = Array.from({ length: answered }, (_, i) => `key:${i}`)
    expect(await client.line(`EXISTS ${keys.join(' ')}`)).toBe(`:${answered}`)
  })
})
