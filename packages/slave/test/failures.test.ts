import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LinkProxy } from './link-proxy.ts'
import { Bench, caughtUp, contentOf, failedWith, fill, inState, temporaryFiles, until } from './pair.ts'

/** A port at which nobody listens at present. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Processes that this one, or its launcher, has started and that run this script. */
function childrenRunning(script: string, parent = process.pid): number[] {
  return readProcess(parent, `task/${parent}/children`)
    .split(' ')
    .filter((id) => id.trim() !== '')
    .map(Number)
    .flatMap((id) => [...(readProcess(id, 'cmdline').includes(script) ? [id] : []), ...childrenRunning(script, id)])
}

/** Empty where the process is gone. */
function readProcess(id: number, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** A folder on a file system of so many bytes; null where this user may not mount one. */
function smallDisk(bench: Bench, bytes: number): { fill(): void; free(): void } | null {
  const path = join(bench.directory, 'disk')
  mkdirSync(path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    return null
  }
  // When the stores on it are closed.
  bench.defer(() => execFileSync('umount', [path]))
  const ballast = join(path, 'ballast')
  return {
    fill: () => {
      try {
        writeFileSync(ballast, Buffer.alloc(bytes))
      } catch {
        // Full: that was the aim.
      }
    },
    free: () => rmSync(ballast, { force: true }),
  }
}

describe('a slave whose master', () => {
  it('has another password says so, keeps its data, and heals when the password is right', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    fill(source, 10)
    const { master, port } = await bench.master(source, { password: 'right' })
    const copy = await bench.store('slave')
    copy.set('old', 'data')
    const slave = bench.slave(copy, { password: 'wrong' })
    const codes: string[] = []
    slave.on('error', ({ code }) => codes.push(code))
    slave.slaveof('127.0.0.1', port)
    await failedWith(slave, 'WRONG_PASSWORD')
    await until(() => codes.length >= 2)
    expect(new Set(codes)).toEqual(new Set(['WRONG_PASSWORD']))
    expect(copy.get('old')?.toString()).toBe('data')
    expect(slave.downSince).not.toBeNull()
    expect(master.statistics.fullSynchronizations).toBe(0)
    slave.options.password = null
    await failedWith(slave, 'PASSWORD_REQUIRED')
    slave.options.password = 'right'
    await slave.online()
    expect(slave.lastError).toBeNull()
    expect(slave.downSince).toBeNull()
    expect(contentOf(copy)).toEqual(contentOf(source))
  })

  it('has no password, though the slave has one, is not believed', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    const { port } = await bench.master(source)
    const slave = bench.slave(await bench.store('slave'), { password: 'secret' })
    slave.slaveof('127.0.0.1', port)
    await failedWith(slave, 'MASTER_WITHOUT_PASSWORD')
    expect(source.persistence.savesDone).toBe(0)
  })

  it('can not be reached, comes up later', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    fill(source, 10)
    const port = await freePort()
    const slave = bench.slave(await bench.store('slave'))
    slave.slaveof('127.0.0.1', port)
    const error = await failedWith(slave, 'MASTER_UNREACHABLE')
    expect(error.message).toContain(`127.0.0.1:${port}`)
    const { master } = await bench.master(source)
    await master.listen({ port })
    await slave.online()
    expect(contentOf(slave.store)).toEqual(contentOf(source))
  })

  it('accepts and never answers is given up, again and again', async () => {
    await using bench = await Bench.open()
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.on('error', () => undefined).resume()
    }).listen(0, '127.0.0.1')
    bench.defer(() => server.close())
    await once(server, 'listening')
    const address = server.address()
    const slave = bench.slave(await bench.store('slave'), { timeout: 100 })
    slave.slaveof('127.0.0.1', address === null || typeof address === 'string' ? 0 : address.port)
    const error = await failedWith(slave, 'MASTER_SILENT')
    expect(error.message).toContain('100 ms')
    await until(() => connections >= 2)
  })

  it('is something else, an HTTP server for instance', async () => {
    await using bench = await Bench.open()
    const server = createHttpServer().listen(0, '127.0.0.1')
    bench.defer(() => server.close())
    await once(server, 'listening')
    const address = server.address()
    const slave = bench.slave(await bench.store('slave'))
    slave.slaveof('127.0.0.1', address === null || typeof address === 'string' ? 0 : address.port)
    await failedWith(slave, 'NOT_A_MASTER')
  })

  it('falls silent in the stream is left after the time-out', async () => {
    await using bench = await Bench.open()
    const { port } = await bench.master(await bench.store('master'), { pingPeriod: 50 })
    const proxy = await LinkProxy.open(port)
    bench.defer(() => proxy[Symbol.asyncDispose]())
    const slave = bench.slave(await bench.store('slave'), { timeout: 300 })
    slave.slaveof('127.0.0.1', proxy.port)
    await slave.online()
    for (const { master } of proxy.connections) master.pause()
    await failedWith(slave, 'MASTER_SILENT')
    await slave.online()
    expect(slave.statistics.partialSynchronizations).toBe(1)
  })
})

describe('a transfer', () => {
  it('resumes at the byte where it broke, on its own connection and on a new link', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    fill(source, 20_000)
    const { port, master } = await bench.master(source)
    const proxy = await LinkProxy.open(port)
    bench.defer(() => proxy[Symbol.asyncDispose]())
    // The links are connections 0 and 3: all others bring at most a piece of the file.
    proxy.cutAfter = (number) => (number === 1 || number === 2 ? 700_000 : Number.POSITIVE_INFINITY)
    const slave = bench.slave(await bench.store('slave'))
    slave.slaveof('127.0.0.1', proxy.port)
    await until(() => proxy.connections.length === 3)
    await until(() => (slave.progress?.bytes ?? 0) > 1_000_000)
    proxy.connections[0]?.slave.destroy()
    await slave.online()
    expect(contentOf(slave.store)).toEqual(contentOf(source))
    const size = source.latestSnapshot?.size ?? 0
    // A chunk that was on its way when the connection was cut comes twice.
    expect(slave.statistics.bytesReceived).toBeGreaterThanOrEqual(size)
    expect(slave.statistics.bytesReceived).toBeLessThan(size + 3 * 256 * 1024)
    expect(source.persistence.savesDone).toBe(1)
    expect(master.statistics.fullSynchronizations).toBe(2)
    expect(await temporaryFiles(slave.store)).toEqual([])
  })

  it('resumes after a restart of the slave', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    fill(source, 20_000)
    const { port } = await bench.master(source)
    const proxy = await LinkProxy.open(port)
    bench.defer(() => proxy[Symbol.asyncDispose]())
    proxy.cutAfter = (number) => (number === 1 ? 1_000_000 : Number.POSITIVE_INFINITY)
    const copy = await bench.store('slave')
    const before = bench.slave(copy, { retryPeriod: 60_000 })
    before.slaveof('127.0.0.1', proxy.port)
    await until(() => proxy.connections[1]?.slave.destroyed === true)
    await before.close()
    await copy.close()
    const slave = bench.slave(await bench.store('slave'))
    slave.restore()
    await slave.online()
    const total = before.statistics.bytesReceived + slave.statistics.bytesReceived
    expect(total).toBeLessThan((source.latestSnapshot?.size ?? 0) + 256 * 1024)
    expect(contentOf(slave.store)).toEqual(contentOf(source))
  })

  it('resumes though the master has made a newer snapshot meanwhile', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    fill(source, 20_000)
    const { port, master } = await bench.master(source)
    const proxy = await LinkProxy.open(port)
    bench.defer(() => proxy[Symbol.asyncDispose]())
    proxy.cutAfter = (number) => (number === 1 ? 2_000_000 : Number.POSITIVE_INFINITY)
    const copy = await bench.store('slave')
    const before = bench.slave(copy, { retryPeriod: 60_000 })
    before.slaveof('127.0.0.1', proxy.port)
    await until(() => proxy.connections[1]?.slave.destroyed === true)
    await until(() => source.persistence.savesDone === 1)
    const size = source.latestSnapshot?.size ?? 0
    // More than a slave that has nothing would be asked to replay behind an old snapshot.
    fill(source, 10_000, 100, 'meanwhile')
    await source.persistSnapshot()
    await before.close()
    const slave = bench.slave(copy)
    slave.restore()
    await slave.online()
    await caughtUp(source, copy)
    expect(contentOf(copy)).toEqual(contentOf(source))
    expect(master.statistics.fullSynchronizations).toBe(2)
    expect(before.statistics.bytesReceived + slave.statistics.bytesReceived).toBeLessThan(
      size + 10_000 * 140 + 3 * 256 * 1024,
    )
    expect(source.persistence.savesDone).toBe(2)
  })

  it('is forgotten after a time, and when the slave goes on without it', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    fill(source, 20_000)
    const { port } = await bench.master(source)
    const proxy = await LinkProxy.open(port)
    bench.defer(() => proxy[Symbol.asyncDispose]())
    const copy = await bench.store('slave')
    const slave = bench.slave(copy, { incomingRetention: 200 })
    slave.slaveof('127.0.0.1', proxy.port)
    await slave.online()
    // Diverged: it needs another copy, which breaks off; and then the master is gone.
    slave.slaveof(null)
    await until(() => !copy.isReadOnly)
    copy.set('diverged', 'yes')
    proxy.cutAfter = () => 1_000_000
    slave.slaveof('127.0.0.1', proxy.port)
    await until(async () => (await copy.begunSnapshot()) !== null)
    proxy.retarget(1)
    proxy.cut()
    await until(async () => (await temporaryFiles(copy)).length === 0)
    proxy.cutAfter = () => Number.POSITIVE_INFINITY
    proxy.retarget(port)
    await slave.online()
    expect(contentOf(copy)).toEqual(contentOf(source))
  })

  it('goes on with another child when the sending child was killed', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    fill(source, 1_000)
    source.set('large', 'z'.repeat(20_000_000))
    const { master, port } = await bench.master(source)
    const errors: Error[] = []
    master.on('error', (error) => errors.push(error))
    const slave = bench.slave(await bench.store('slave'))
    let killed = 0
    slave.on('progress', ({ bytes }) => {
      if (killed > 0 || bytes < 1_000_000) return
      for (const id of childrenRunning('sending-child')) {
        process.kill(id, 'SIGKILL')
        killed++
      }
    })
    slave.slaveof('127.0.0.1', port)
    await slave.online()
    expect(killed).toBe(1)
    expect(slave.statistics.fullSynchronizations).toBe(1)
    await until(() => errors.some((error) => 'code' in error && error.code === 'SENDING_CHILD_DIED'))
    expect(slave.store.get('large')?.length).toBe(20_000_000)
  })

  it('whose checksum is wrong is thrown away; the old data stays', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    fill(source, 1_000)
    const { port } = await bench.master(source)
    const proxy = await LinkProxy.open(port)
    bench.defer(() => proxy[Symbol.asyncDispose]())
    proxy.tamper = (number, chunk) => {
      if (number !== 1 || chunk.length < 2_000) return chunk
      const changed = Buffer.from(chunk)
      const at = changed.indexOf('xxxxxxxx')
      if (at >= 0) changed[at] = 0x79
      return changed
    }
    const copy = await bench.store('slave')
    copy.set('old', 'data')
    const slave = bench.slave(copy, { retryPeriod: 500 })
    slave.slaveof('127.0.0.1', proxy.port)
    await failedWith(slave, 'SNAPSHOT_DAMAGED')
    expect(copy.get('old')?.toString()).toBe('data')
    await until(async () => (await temporaryFiles(copy)).length === 0)
    await slave.online()
    expect(contentOf(copy)).toEqual(contentOf(source))
  })

  it('begins with another persisting child where the first one was killed', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    fill(source, 50_000)
    const { port } = await bench.master(source)
    const slave = bench.slave(await bench.store('slave'))
    slave.slaveof('127.0.0.1', port)
    await until(() => childrenRunning('persisting-child').length > 0)
    for (const id of childrenRunning('persisting-child')) process.kill(id, 'SIGKILL')
    const error = await failedWith(slave, 'PERSISTING_FAILED')
    expect(error.message).toMatch(/SIGKILL|killed/)
    await slave.online()
    expect(contentOf(slave.store)).toEqual(contentOf(source))
    expect(childrenRunning('-child')).toEqual([])
  })
})

describe('a full disk', () => {
  it('of the slave stops the transfer, keeps the old data, and heals', async ({ skip }) => {
    await using bench = await Bench.open()
    const disk = smallDisk(bench, 8 * 1024 * 1024)
    if (disk === null) skip('this user may not mount a small file system')
    const source = await bench.store('master')
    fill(source, 20_000)
    const { port } = await bench.master(source)
    const copy = await bench.store('disk/slave')
    copy.set('old', 'data')
    await copy.whenDurable()
    disk?.fill()
    const slave = bench.slave(copy)
    slave.slaveof('127.0.0.1', port)
    await failedWith(slave, 'DISK_FULL')
    expect(copy.get('old')?.toString()).toBe('data')
    disk?.free()
    await slave.online()
    expect(contentOf(copy)).toEqual(contentOf(source))
  })

  it('of the slave in the stream holds it up, loses nothing, and heals', async ({ skip }) => {
    await using bench = await Bench.open()
    const disk = smallDisk(bench, 8 * 1024 * 1024)
    if (disk === null) skip('this user may not mount a small file system')
    const source = await bench.store('master')
    const { port } = await bench.master(source)
    const copy = await bench.store('disk/slave')
    const slave = bench.slave(copy)
    slave.slaveof('127.0.0.1', port)
    await slave.online()
    disk?.fill()
    fill(source, 20_000)
    await until(() => slave.lastError?.code === 'DISK_FULL')
    disk?.free()
    await caughtUp(source, copy)
    await until(() => slave.lastError === null)
    expect(slave.statistics.fullSynchronizations).toBe(1)
    expect(contentOf(copy)).toEqual(contentOf(source))
  })

  it('of the master refuses the slave, with the reason, and heals', async ({ skip }) => {
    await using bench = await Bench.open()
    const disk = smallDisk(bench, 16 * 1024 * 1024)
    if (disk === null) skip('this user may not mount a small file system')
    const source = await bench.store('disk/master')
    fill(source, 20_000)
    await source.whenDurable()
    disk?.fill()
    const { port } = await bench.master(source)
    const slave = bench.slave(await bench.store('slave'))
    slave.slaveof('127.0.0.1', port)
    const error = await failedWith(slave, 'PERSISTING_FAILED')
    expect(error.message).toMatch(/ENOSPC|no space/i)
    disk?.free()
    await slave.online()
    expect(contentOf(slave.store)).toEqual(contentOf(source))
  })
})

describe('slaveof no one', () => {
  it('at any moment, in any state, leaves nothing behind', async () => {
    await using bench = await Bench.open()
    const source = await bench.store('master')
    fill(source, 20_000)
    const { master, port } = await bench.master(source, { snapshotRetention: 50 })
    const resources = () => process.getActiveResourcesInfo().filter((name) => /Socket|Pipe|Process/.test(name)).length
    const copy = await bench.store('slave')
    const slave = bench.slave(copy)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const before = resources()
    const states = ['connecting', 'handshake', 'sync', 'transfer', 'loading', 'connected'] as const
    for (const state of [...states, ...states]) {
      // Something new each time: the slave can never simply go on.
      copy.set('diverged', state)
      source.set('latest', state)
      slave.slaveof('127.0.0.1', port)
      await inState(slave, state)
      slave.slaveof(null)
      expect(slave.state).toBe('none')
      await until(() => !copy.isReadOnly)
      await until(() => master.slaves.length === 0)
      await until(async () => (await temporaryFiles(copy)).length === 0)
      await until(() => childrenRunning('sending-child').length === 0)
      await until(() => resources() <= before)
    }
    expect(slave.lastError).toBeNull()
    slave.slaveof('127.0.0.1', port)
    await slave.online()
    await caughtUp(source, copy)
    expect(contentOf(copy)).toEqual(contentOf(source))
  })

  it('changes over to another master in any state', async () => {
    await using bench = await Bench.open()
    const first = await bench.store('first')
    fill(first, 20_000, 100, 'first')
    const second = await bench.store('second')
    fill(second, 20_000, 100, 'second')
    const { port: firstPort } = await bench.master(first)
    const { port: secondPort } = await bench.master(second)
    const copy = await bench.store('slave')
    const slave = bench.slave(copy)
    for (const state of ['connecting', 'handshake', 'sync', 'transfer', 'loading', 'connected'] as const) {
      slave.slaveof('127.0.0.1', firstPort)
      await inState(slave, state)
      slave.slaveof('127.0.0.1', secondPort)
      await slave.online()
      await caughtUp(second, copy)
      expect(contentOf(copy)).toEqual(contentOf(second))
      expect(await temporaryFiles(copy)).toEqual([])
      slave.slaveof(null)
      copy.set('diverged', state)
    }
  })
})
