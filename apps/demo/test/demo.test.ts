import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isRunning, waitUntil } from '@repl/harness'
import { afterEach, beforeEach, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const TIMEOUT = 120_000
const never = new AbortController().signal

/** The demo makes its folder in here. */
let temporary: string

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'repl-demo-test-'))
})

afterEach(() => rmSync(temporary, { recursive: true, force: true }))

class Demo {
  output = ''
  readonly child: ChildProcess

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, TMPDIR: temporary } })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
    })
  }

  async exitCode(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }

  async hasPrinted(text: string): Promise<void> {
    const wait = { awaited: `'${text}' in\n${this.output}`, timeout: TIMEOUT, signal: never }
    await waitUntil(wait, () => (this.output.includes(text) ? true : undefined))
  }

  /** The pids and ports that it printed. */
  get servers(): { port: number; pid: number }[] {
    const lines = this.output.matchAll(/127\.0\.0\.1:(\d+), pid (\d+)/g)
    return [...lines].map(([, port, pid]) => ({ port: Number(port), pid: Number(pid) }))
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return await new Promise((resolve) => {
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

async function expectNothingLeft(demo: Demo): Promise<void> {
  expect(demo.servers.length).toBeGreaterThanOrEqual(2)
  const wait = { awaited: 'servers and folder are gone', timeout: TIMEOUT, signal: never }
  await waitUntil(wait, async () => {
    if (demo.servers.some(({ pid }) => isRunning(pid)) || readdirSync(temporary).length > 0) return undefined
    const listening = await Promise.all(demo.servers.map(({ port }) => isListening(port)))
    return listening.includes(true) ? undefined : true
  })
}

test(
  'shows the eight steps, each on a line, ends well, and leaves nothing behind',
  async () => {
    const demo = new Demo()
    expect(await demo.exitCode(), demo.output).toBe(0)
    const steps = [...demo.output.matchAll(/^\[(\d)\/8\] /gm)].map(([, number]) => Number(number))
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 8])
    expect(demo.output).toContain('All is well')
    expect(demo.output).not.toContain('\u001B')
    await expectNothingLeft(demo)
  },
  2 * TIMEOUT,
)

test(
  'Ctrl-C in the middle ends the servers too',
  async () => {
    const demo = new Demo()
    await demo.hasPrinted('[2/8]')
    demo.child.kill('SIGINT')
    expect(await demo.exitCode(), demo.output).toBe(130)
    await expectNothingLeft(demo)
  },
  2 * TIMEOUT,
)

test(
  'when the demo is killed, its servers and files go with it',
  async () => {
    const demo = new Demo()
    await demo.hasPrinted('[2/8]')
    demo.child.kill('SIGKILL')
    await demo.exitCode()
    await expectNothingLeft(demo)
  },
  2 * TIMEOUT,
)

test(
  'a slave that ends by itself is a failure that says so',
  async () => {
    const demo = new Demo()
    await demo.hasPrinted('[2/8]')
    process.kill(demo.servers[1]!.pid, 'SIGKILL')
    expect(await demo.exitCode(), demo.output).toBe(1)
    expect(demo.output).toMatch(/FAILED: .*slave/)
    await expectNothingLeft(demo)
  },
  2 * TIMEOUT,
)

test(
  '--keep leaves the pair running and says how to talk to it and how to end it',
  async () => {
    const demo = new Demo('--keep')
    try {
      expect(await demo.exitCode(), demo.output).toBe(0)
      const directory = join(temporary, readdirSync(temporary)[0]!)
      const ending = /^ {2}kill (\d+) (\d+); rm -r (\S+)$/m.exec(demo.output)
      expect(ending?.[3]).toBe(directory)
      expect(existsSync(directory)).toBe(true)
      for (const pid of ending!.slice(1, 3)) expect(isRunning(Number(pid))).toBe(true)
      for (const port of new Set(demo.servers.map((server) => server.port))) expect(await isListening(port)).toBe(true)
      expect(demo.output).toMatch(/redis-cli -p \d+ get city:\d+/)
    } finally {
      const pids = /^ {2}kill (\d+) (\d+)/m.exec(demo.output)?.slice(1, 3) ?? []
      for (const pid of pids) process.kill(Number(pid), 'SIGTERM')
      const wait = { awaited: 'the pair has ended', timeout: TIMEOUT, signal: never }
      await waitUntil(wait, () => (pids.some((pid) => isRunning(Number(pid))) ? undefined : true))
    }
  },
  2 * TIMEOUT,
)
