import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Master, type MasterOptions } from '@repl/master'
import { Store, type StoreOptions } from '@repl/store'
import { Slave, type SlaveOptions, type SlaveState } from '../src/index.ts'

/** Cleans up in reverse order what a test has opened. */
export class Bench implements AsyncDisposable {
  readonly directory: string
  private readonly cleanups: (() => unknown)[] = []

  private constructor(directory: string) {
    this.directory = directory
  }

  static async open(): Promise<Bench> {
    const bench = new Bench(await mkdtemp(join(tmpdir(), 'repl-pair-')))
    bench.defer(() => rm(bench.directory, { recursive: true }))
    return bench
  }

  defer(cleanup: () => unknown): void {
    this.cleanups.push(cleanup)
  }

  async store(name: string, options: StoreOptions = {}): Promise<Store> {
    const store = await Store.open({ dir: join(this.directory, name), ...options })
    this.defer(() => store.close())
    return store
  }

  async master(store: Store, options: MasterOptions = {}): Promise<{ master: Master; port: number }> {
    const master = new Master(store, options)
    this.defer(() => master.close())
    const { port }: AddressInfo = await master.listen({ port: 0 })
    return { master, port }
  }

  slave(store: Store, options: SlaveOptions = {}): Slave {
    const slave = new Slave(store, { retryPeriod: 50, acknowledgementPeriod: 50, ...options })
    this.defer(() => slave.close())
    return slave
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cleanup of this.cleanups.reverse()) await cleanup()
  }
}

/** Resolves when a condition holds; looked at every few milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Resolves when the slave is, or was since the call, in a state. */
export async function inState(slave: Slave, state: SlaveState): Promise<void> {
  if (slave.state === state) return
  await new Promise<void>((resolve) => {
    slave.on('state', function look(now) {
      if (now !== state) return
      slave.off('state', look)
      resolve()
    })
  })
}

/** Resolves with the next error that has this code. */
export async function failedWith(slave: Slave, code: string): Promise<Error> {
  for (;;) {
    if (slave.lastError?.code === code) return slave.lastError
    await once(slave, 'state')
  }
}

/** Resolves when the slave has applied all that its master has. */
export function caughtUp(master: Store, slave: Store): Promise<void> {
  return until(
    () =>
      slave.history.replicationId === master.history.replicationId &&
      slave.offset === master.offset &&
      slave.appliedOffset === master.offset,
  )
}

/** Every key and value of a store, as text. */
export function contentOf(store: Store): Record<string, string> {
  const keys = store.call('KEYS', '*')
  if (!Array.isArray(keys)) throw new Error('KEYS answered no array')
  return Object.fromEntries(
    keys
      .map(String)
      .sort()
      .map((key) => [key, String(store.get(key))]),
  )
}

/** Fills a store with so many keys of so many bytes. */
export function fill(store: Store, count: number, length = 100, prefix = 'key'): void {
  const value = 'x'.repeat(length)
  for (let i = 0; i < count; i++) store.set(`${prefix}:${i}`, `${i}${value}`)
}

/** Names of files that a transfer leaves only while it is under way. */
export async function temporaryFiles(store: Store): Promise<string[]> {
  return (await readdir(store.directory)).filter((name) => /part$|tmp/.test(name))
}
