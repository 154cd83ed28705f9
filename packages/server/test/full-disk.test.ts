import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { RawClient } from './support/raw-client.ts'
import { ServerProcess, TemporaryFolder } from './support/server-process.ts'

const folder = new TemporaryFolder()
const isMounted = mountSmallDisk()

function mountSmallDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', folder.path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

afterAll(() => {
  if (isMounted) execFileSync('umount', ['-l', folder.path])
  folder[Symbol.dispose]()
})

const title = isMounted ? 'a full disk' : 'a full disk (skipped: a tmpfs can not be mounted here)'

describe.skipIf(!isMounted)(title, () => {
  test.each(['everysec', 'always'])('under %s refuses writes, serves reads, and heals', async (policy) => {
    const ballast = join(folder.path, 'ballast')
    writeFileSync(ballast, Buffer.alloc(3 * 1024 * 1024))
    await using server = await ServerProcess.start('--dir', join(folder.path, policy), '--appendfsync', policy)
    using writer = await RawClient.connect(server.port)
    using reader = await RawClient.connect(server.port)
    const value = 'x'.repeat(10_000)
    let answered = 0
    let isOver = false
    const refused = server.logged((entry) => entry.msg.startsWith('the disk refuses the journal'))
    const writing = (async () => {
      // Under always a write that fills the disk is answered when the disk takes it; the next one is refused.
      while (!isOver && (await writer.line(`SET key:${answered} ${value}`)) === '+OK') answered++
    })()
    await refused
    expect(await reader.line('STRLEN key:0')).toBe(':10000')
    expect(await reader.line('SET other 1')).toMatch(/^-MISCONF Errors writing to the AOF file: .*ENOSPC/)
    reader.send('INFO persistence\r\n')
    const info = await reader.take((received) => /aof_last_write_error:.*\r\n\r\n$/.test(received))
    expect(info).toContain('aof_last_write_status:err\r\n')

    const healed = server.logged((entry) => entry.msg === 'the disk takes the journal again')
    rmSync(ballast)
    await healed
    expect(await reader.line('SET other 1')).toBe('+OK')
    isOver = true
    await writing
    expect(await server.end('SIGKILL')).toBeNull()

    await using again = await ServerProcess.start('--dir', join(folder.path, policy))
    using checker = await RawClient.connect(again.port)
    if (policy === 'always') expect(await checker.line(`STRLEN key:${answered - 1}`)).toBe(':10000')
    await again.end()
    rmSync(join(folder.path, policy), { recursive: true })
  })
})
