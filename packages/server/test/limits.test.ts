import { afterEach, describe, expect, test } from 'vitest'
import { RawClient, request } from './support/raw-client.ts'
import { ServerProcess } from './support/server-process.ts'

let server: ServerProcess

afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

const MEBIBYTE = 1024 * 1024

/** Bytes of memory that the server's process has, by its own word. */
async function memoryOf(client: RawClient): Promise<number> {
  client.send('INFO memory\r\n')
  const text = await client.take((received) => received.includes('used_memory_rss:') && received.endsWith('\r\n'))
  return Number(/used_memory_rss:(\d+)/.exec(text)?.[1])
}

describe('a client', () => {
  test('that announces an argument longer than proto-max-bulk-len', async () => {
    server = await ServerProcess.start('--proto-max-bulk-len', '1mb')
    const answer = await RawClient.exchange(server.port, `*2\r\n$3\r\nGET\r\n$${MEBIBYTE + 1}\r\n`)
    expect(answer).toBe('-ERR Protocol error: invalid bulk length\r\n')
    using client = await RawClient.connect(server.port)
    // What is announced and never comes costs nothing.
    client.send(`*2\r\n$4\r\nECHO\r\n$${MEBIBYTE}\r\n`)
    client.send(Buffer.alloc(MEBIBYTE, 'x'))
    client.send('\r\n')
    expect(await client.take((received) => received.length > MEBIBYTE)).toContain(`$${MEBIBYTE}\r\n`)
    using admin = await RawClient.connect(server.port)
    expect(await admin.line('CONFIG SET proto-max-bulk-len 2mb')).toBe('+OK')
    client.send(`*2\r\n$4\r\nECHO\r\n$${MEBIBYTE + 1}\r\n`)
    client.send(Buffer.alloc(MEBIBYTE + 1, 'x'))
    client.send('\r\n')
    await client.take((received) => received.length > MEBIBYTE)
  })

  test('that sends more of a request than client-query-buffer-limit', async () => {
    server = await ServerProcess.start('--client-query-buffer-limit', '1mb')
    using client = await RawClient.connect(server.port)
    client.socket.on('error', () => undefined)
    client.send('*1000000\r\n')
    const argument = request('x'.repeat(1000)).slice(4)
    client.send(argument.repeat(3000))
    await client.closed()
    expect(client.received).toBe('')
  })

  test('that never finishes a request is closed by the time-out, and one that is quiet too', async () => {
    server = await ServerProcess.start('--timeout', '1')
    using halfway = await RawClient.connect(server.port)
    halfway.send('*2\r\n$3\r\nGET\r\n$10\r\nabc')
    using silent = await RawClient.connect(server.port)
    using subscriber = await RawClient.connect(server.port)
    await subscriber.line('SUBSCRIBE a')
    await Promise.all([halfway.closed(), silent.closed()])
    // Who listens may be quiet.
    using client = await RawClient.connect(server.port)
    expect(await client.line('PUBLISH a b')).toBe(':1')
  })

  test('that is one too many', async () => {
    server = await ServerProcess.start('--maxclients', '3')
    using first = await RawClient.connect(server.port)
    expect(await first.line('PING')).toBe('+PONG')
    using second = await RawClient.connect(server.port)
    expect(await second.line('PING')).toBe('+PONG')
    using third = await RawClient.connect(server.port)
    expect(await third.line('PING')).toBe('+PONG')
    expect(await RawClient.exchange(server.port, '')).toBe('-ERR max number of clients reached\r\n')
    expect(await first.line('CONFIG SET maxclients 4')).toBe('+OK')
    using fourth = await RawClient.connect(server.port)
    expect(await fourth.line('PING')).toBe('+PONG')
  })

  test('that reads nothing while it asks for much costs what one answer takes', async () => {
    server = await ServerProcess.start()
    using admin = await RawClient.connect(server.port)
    await admin.line(`SET big ${'x'.repeat(60_000)}`)
    const before = await memoryOf(admin)
    using greedy = await RawClient.connect(server.port)
    greedy.socket.pause()
    // A gigabyte of answers.
    for (let i = 0; i < 16; i++) greedy.send('GET big\r\n'.repeat(1000))
    for (let i = 0; i < 200; i++) await admin.line('PING')
    expect((await memoryOf(admin)) - before).toBeLessThan(64 * MEBIBYTE)
    greedy.socket.resume()
    await greedy.take((received) => received.length > 1_000_000)
  })

  test('that reads no messages is closed at the hard limit of its class', async () => {
    server = await ServerProcess.start('--client-output-buffer-limit', 'pubsub 4mb 0 0')
    using deaf = await RawClient.connect(server.port)
    await deaf.line('SUBSCRIBE news')
    deaf.socket.pause()
    using publisher = await RawClient.connect(server.port)
    const message = request('PUBLISH', 'news', 'x'.repeat(100_000))
    let listeners = 1
    for (let i = 0; i < 500 && listeners === 1; i++) {
      publisher.send(message)
      listeners = Number((await publisher.take((received) => received.endsWith('\r\n'))).slice(1))
    }
    expect(listeners).toBe(0)
    await server.logged(({ msg }) => msg.includes('output buffer limit'))
    deaf.socket.resume()
    await deaf.closed()
  })

  test('that reads no messages is closed at the soft limit when its time is over', async () => {
    server = await ServerProcess.start('--client-output-buffer-limit', 'pubsub 0 1mb 1')
    using deaf = await RawClient.connect(server.port)
    await deaf.line('SUBSCRIBE news')
    deaf.socket.pause()
    using publisher = await RawClient.connect(server.port)
    const message = request('PUBLISH', 'news', 'x'.repeat(1_000_000))
    for (let i = 0; i < 12; i++) {
      publisher.send(message)
      expect(await publisher.take((received) => received.endsWith('\r\n'))).toBe(':1\r\n')
    }
    await server.logged(({ msg }) => msg.includes('output buffer limit'))
    await expect.poll(() => publisher.line('PUBLISH news end')).toBe(':0')
  })

  test('whose one answer is longer than its class may have', async () => {
    server = await ServerProcess.start('--client-output-buffer-limit', 'normal 1mb 0 0')
    using client = await RawClient.connect(server.port)
    client.send(request('SET', 'big', 'x'.repeat(3 * MEBIBYTE)))
    await client.take((received) => received === '+OK\r\n')
    client.send('GET big\r\n')
    await client.closed()
    expect(client.received).toBe('')
  })

  test('a monitor that reads nothing is held to the limit of those who are sent things', async () => {
    server = await ServerProcess.start('--client-output-buffer-limit', 'pubsub 2mb 0 0')
    using deaf = await RawClient.connect(server.port)
    await deaf.line('MONITOR')
    deaf.socket.pause()
    using client = await RawClient.connect(server.port)
    const command = request('ECHO', 'x'.repeat(50_000))
    const isClosed = server.logged(({ msg }) => msg.includes('output buffer limit')).then(() => true)
    let isOver = false
    void isClosed.then(() => {
      isOver = true
    })
    while (!isOver) {
      client.send(command)
      await client.take((received) => received.length > 50_000)
    }
    deaf.socket.resume()
    await deaf.closed()
  })
})
