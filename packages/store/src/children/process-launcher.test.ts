import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Child, ChildLaunchError } from './child-launcher.ts'
import { ProcessLauncher } from './process-launcher.ts'

const ECHO = fileURLToPath(new URL('./echo-child.ts', import.meta.url))

let launcher: ProcessLauncher
let deaths: ChildLaunchError[]
beforeEach(() => {
  deaths = []
  launcher = new ProcessLauncher((error) => deaths.push(error))
})
afterEach(() => launcher.close())

/** Whether a process still runs; one that has ended and has not been waited for does not. */
function isRunning(processId: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${processId}/status`, 'utf8'))
  } catch {
    return false
  }
}

function allGone(processIds: readonly number[]): Promise<void> {
  return vi.waitFor(() => expect(processIds.filter(isRunning)).toEqual([]), { timeout: 20_000, interval: 5 })
}

async function startEcho(order: object = {}, messages: unknown[] = []): Promise<Child> {
  return launcher.start({ program: ECHO, order, onMessage: (message) => messages.push(message) })
}

async function echoOf(line: Child['line'], text: string): Promise<string> {
  line.setEncoding('utf8')
  line.write(text)
  const [back] = (await once(line, 'data')) as [string]
  return back
}

describe('ProcessLauncher', { timeout: 60_000 }, () => {
  it('starts a child with its order, passes messages on, and reports its end', async () => {
    const messages: unknown[] = []
    const child = await startEcho({ say: 'good bye', exitCode: 7 }, messages)
    expect(await child.ended).toEqual({ exitCode: 7, signal: null, errorOutput: 'good bye' })
    expect(messages).toEqual([{ order: { say: 'good bye', exitCode: 7 }, hasSocket: false }])
    expect(isRunning(child.processId)).toBe(false)
  })

  it('gives each child a line of its own, both ways, whose end it sees', async () => {
    const children = await Promise.all([startEcho(), startEcho(), startEcho()])
    const texts = await Promise.all(children.map(({ line }, i) => echoOf(line, `line ${i}`)))
    expect(texts).toEqual(['line 0', 'line 1', 'line 2'])
    for (const { line, ended } of children) {
      line.end()
      expect(await ended).toMatchObject({ exitCode: 0 })
    }
  })

  it('takes a large amount of bytes both ways', async () => {
    const { line, ended } = await startEcho()
    const piece = Buffer.alloc(1 << 20, 'some bytes ')
    let received = 0
    line.on('data', (bytes: Buffer) => {
      received += bytes.length
    })
    for (let i = 0; i < 32; i++) if (!line.write(piece)) await once(line, 'drain')
    line.end()
    await once(line, 'end')
    expect(received).toBe(32 << 20)
    expect(await ended).toMatchObject({ exitCode: 0 })
  })

  it('hands a socket on and closes its own end of it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const client = connect(address.port, '127.0.0.1').setEncoding('utf8')
    const [socket] = (await once(server, 'connection')) as [Socket]
    const messages: unknown[] = []
    const task = { program: ECHO, order: {}, socket, onMessage: (message: unknown) => messages.push(message) }
    const child = await launcher.start(task)
    expect(socket.destroyed).toBe(true)
    client.write('over the socket')
    expect(await once(client, 'data')).toEqual(['over the socket'])
    client.end()
    expect(await child.ended).toMatchObject({ exitCode: 0 })
    // What a child says comes before the news of its end, and by another way than the socket's bytes.
    expect(messages).toEqual([{ order: {}, hasSocket: true }])
    // Resolves only if the socket is not counted any more.
    await new Promise((resolve) => server.close(resolve))
  })

  it('kills a child, and reports one that others have killed', async () => {
    for (const kill of [(child: Child) => child.kill(), (child: Child) => process.kill(child.processId, 'SIGKILL')]) {
      const child = await startEcho()
      kill(child)
      expect(await child.ended).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
      child.kill()
    }
  })

  it('passes on what a program that can not be run says', async () => {
    const child = await launcher.start({ program: `${ECHO}.missing`, order: {}, onMessage: () => {} })
    const { exitCode, errorOutput } = await child.ended
    expect(exitCode).toBe(1)
    expect(errorOutput).toContain('echo-child.ts.missing')
  })

  it('survives the death of its process: children end, the next one gets a new process', async () => {
    const child = await startEcho()
    const killed = launcher.processId!
    process.kill(killed, 'SIGKILL')
    expect(await child.ended).toMatchObject({
      exitCode: null,
      signal: null,
      errorOutput: expect.stringMatching('SIGKILL'),
    })
    await allGone([killed, child.processId])
    expect(deaths).toMatchObject([{ code: 'LAUNCHER_DIED' }])
    expect(launcher.processId).toBeUndefined()
    const next = await startEcho()
    expect(await echoOf(next.line, 'again')).toBe('again')
    expect(launcher.processId).not.toBe(killed)
  })

  it('starts again what its process took with it', async () => {
    launcher.prepare()
    const starting = startEcho()
    process.kill(launcher.processId!, 'SIGKILL')
    expect(await echoOf((await starting).line, 'after all')).toBe('after all')
    expect(deaths).toHaveLength(1)
  })

  it('leaves no process when it is closed, whatever is under way', async () => {
    const child = await startEcho()
    const processId = launcher.processId!
    const starting = startEcho().then(
      (late) => late.ended,
      (error: unknown) => error,
    )
    await launcher.close()
    await launcher.close()
    expect([processId, child.processId].filter(isRunning)).toEqual([])
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' })
    expect(await starting).toMatchObject({ signal: 'SIGKILL' })
    expect(launcher.processId).toBeUndefined()
    await expect(startEcho()).rejects.toMatchObject({ code: 'LAUNCHER_CLOSED' })
    launcher.prepare()
    expect(launcher.processId).toBeUndefined()
    expect(deaths).toEqual([])
  })

  it('ends with the process that it is for, which it does not keep alive', async () => {
    const script = `
      import { ProcessLauncher } from ${JSON.stringify(new URL('./process-launcher.ts', import.meta.url).href)}
      const launcher = new ProcessLauncher(() => {})
      launcher.prepare()
      const ids = [launcher.processId]
      if (process.argv[1] !== 'idle') {
        const child = await launcher.start({ program: ${JSON.stringify(ECHO)}, order: {}, onMessage: () => {} })
        ids.push(child.processId)
      }
      console.log(JSON.stringify(ids))
    `
    for (const mode of ['idle', 'busy']) {
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script, mode], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = (await once(parent.stdout, 'data')) as [Buffer]
      const processIds = JSON.parse(line.toString()) as number[]
      expect(processIds).toHaveLength(mode === 'idle' ? 1 : 2)
      // An idle one ends by itself; a child at work keeps its parent running, which is then killed.
      if (mode === 'busy') parent.kill('SIGKILL')
      await once(parent, 'close')
      await allGone(processIds)
    }
  })
})
