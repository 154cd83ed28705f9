import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { RawClient, request } from './support/raw-client.ts'
import { ServerProcess, TemporaryFolder } from './support/server-process.ts'

/** Asks until the answer is it; each answer comes in its own time, so nothing is timed here. */
async function eventually(client: RawClient, command: string, isIt: (answer: string) => boolean): Promise<string> {
  for (;;) {
    const answer = await bulk(client, command)
    if (isIt(answer)) return answer
  }
}

/** The answer to a command that answers with a bulk string, or with a line. */
async function bulk(client: RawClient, command: string): Promise<string> {
  client.send(`${command}\r\n`)
  const answer = await client.take((received) => {
    if (!received.startsWith('$')) return received.endsWith('\r\n')
    const lineEnd = received.indexOf('\r\n')
    return lineEnd > 0 && received.length >= lineEnd + 4 + Number(received.slice(1, lineEnd))
  })
  return answer.startsWith('$') ? answer.slice(answer.indexOf('\r\n') + 2, -2) : answer.trimEnd()
}

const linkIsUp = (info: string): boolean => info.includes('master_link_status:up')

describe('a pair', () => {
  test('follows, refuses writes, shows itself, and is promoted', async () => {
    await using master = await ServerProcess.start()
    await using slave = await ServerProcess.start()
    using toMaster = await RawClient.connect(master.port)
    using toSlave = await RawClient.connect(slave.port)
    toMaster.send(Array.from({ length: 1000 }, (_, i) => request('SET', `key:${i}`, `value ${i}`)).join(''))
    await toMaster.take((received) => received.length === 5000)

    expect(await toSlave.line(`SLAVEOF 127.0.0.1 ${master.port}`)).toBe('+OK')
    expect(await toSlave.line(`REPLICAOF 127.0.0.1 ${master.port}`)).toBe('+OK Already connected to specified master')
    const info = await eventually(toSlave, 'INFO replication', linkIsUp)
    expect(info).toMatch(/^# Replication\r\nrole:slave\r\nmaster_host:127\.0\.0\.1\r\n/)
    expect(info).toContain(`master_port:${master.port}\r\n`)
    expect(await bulk(toSlave, 'ROLE')).toMatch(/^\*5\r\n\$5\r\nslave\r\n/)

    expect(await toMaster.line('SET after 1')).toBe('+OK')
    expect(await toMaster.line('WAIT 1 0')).toBe(':1')
    expect(await bulk(toSlave, 'GET after')).toBe('1')
    expect(await toSlave.line('SET k v')).toBe("-READONLY You can't write against a read only replica.")
    expect(await toSlave.line('WAIT 0 0')).toMatch(/^-ERR WAIT cannot be used with replica instances/)
    expect(await toSlave.line('DEBUG DIGEST')).toBe(await toMaster.line('DEBUG DIGEST'))
    const masterInfo = await bulk(toMaster, 'INFO replication')
    expect(masterInfo).toMatch(/connected_slaves:1\r\nslave0:ip=127\.0\.0\.1,port=\d+,state=online,offset=\d+,lag=\d+/)
    expect(masterInfo).toContain(`port=${slave.port},`)
    expect(await bulk(toMaster, 'ROLE')).toMatch(/^\*3\r\n\$6\r\nmaster\r\n:\d+\r\n\*1\r\n/)
    // A slave is no client.
    expect(await bulk(toMaster, 'CLIENT LIST')).toMatch(/^id=\d+ [^\n]*\n$/)

    expect(await toSlave.line('SLAVEOF NO ONE')).toBe('+OK')
    expect(await toSlave.line('SET k v')).toBe('+OK')
    expect(await bulk(toSlave, 'INFO replication')).toMatch(/^# Replication\r\nrole:master\r\n/)
  })

  test('a slave killed and started again goes on with what it missed', async () => {
    using folder = new TemporaryFolder()
    using masterFolder = new TemporaryFolder()
    await using master = await ServerProcess.start('--dir', masterFolder.path)
    using toMaster = await RawClient.connect(master.port)
    await toMaster.line('SET a 1')
    {
      await using slave = await ServerProcess.start('--dir', folder.path, '--slaveof', '127.0.0.1', String(master.port))
      using toSlave = await RawClient.connect(slave.port)
      await eventually(toSlave, 'INFO replication', linkIsUp)
      await toMaster.line('SET b 2')
      await toMaster.line('WAIT 1 0')
      await slave.end('SIGKILL')
    }
    await toMaster.line('SET c 3')
    await using slave = await ServerProcess.start('--dir', folder.path)
    using toSlave = await RawClient.connect(slave.port)
    await eventually(toSlave, 'INFO replication', linkIsUp)
    await toMaster.line('SET d 4')
    await toMaster.line('WAIT 1 0')
    expect(await toSlave.line('DBSIZE')).toBe(':4')
    expect(await toSlave.line('DEBUG DIGEST')).toBe(await toMaster.line('DEBUG DIGEST'))
    expect(await bulk(toMaster, 'INFO stats')).toMatch(/sync_full:1\r\nsync_partial_ok:1\r\n/)
  })

  test('a wrong password is shown, and heals when it is set right', async () => {
    await using master = await ServerProcess.start('--requirepass', 'secret')
    await using slave = await ServerProcess.start('--masterauth', 'wrong')
    using toSlave = await RawClient.connect(slave.port)
    await toSlave.line(`SLAVEOF 127.0.0.1 ${master.port}`)
    const info = await eventually(toSlave, 'INFO replication', (text) => text.includes('master_link_error_code:'))
    expect(info).toContain('master_link_status:down')
    expect(info).toMatch(/master_link_error_code:WRONG_PASSWORD/)
    expect(await toSlave.line('CONFIG SET masterauth secret')).toBe('+OK')
    await eventually(toSlave, 'INFO replication', linkIsUp)
    expect(await toSlave.line('SLAVEOF NO ONE')).toBe('+OK')
  })

  test('a master that is none is shown', async () => {
    const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'))
    await new Promise<void>((resolve) => {
      web.listen(0, '127.0.0.1', resolve)
    })
    try {
      const address = web.address()
      await using slave = await ServerProcess.start()
      using toSlave = await RawClient.connect(slave.port)
      await toSlave.line(`SLAVEOF 127.0.0.1 ${typeof address === 'object' ? address?.port : 0}`)
      const info = await eventually(toSlave, 'INFO replication', (text) => text.includes('master_link_error_code:'))
      expect(info).toContain('master_link_error_code:NOT_A_MASTER')
    } finally {
      web.close()
    }
  })
})
