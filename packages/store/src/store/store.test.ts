import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProcessLauncher } from '../children/process-launcher.ts'
import { isPrefixOf } from './history.ts'
import { Store } from './store.ts'

/** Everything in a store, by key. */
function contents(store: Store): Map<string, string> {
  const keys = store.call('KEYS', '*') as Buffer[]
  return new Map(keys.map((key) => [key.toString(), store.get(key)!.toString()] as const).sort())
}

/** The master's stream from an offset to its end, as it would travel. */
async function streamOf(store: Store, from: number): Promise<Buffer> {
  await store.whenDurable()
  using reader = store.journal.reader(from)
  const pieces: Buffer[] = []
  for (let piece = await reader.next(100); piece !== null; piece = await reader.next(100)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Takes the master's snapshot as a slave does that receives it. */
async function synchronize(master: Store, slave: Store): Promise<void> {
  const file = await master.persistSnapshot()
  const incoming = await slave.incomingSnapshot({ ...file, snapshotId: file.id })
  await incoming.write(await readFile(file.path))
  const { loaded } = await slave.adopt(incoming)
  await loaded
}

describe('store', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'repl-store-test-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('keeps nothing without a folder, and leaves none behind', async () => {
    const store = await Store.open()
    store.set('greeting', 'hello')
    expect(store.get('greeting')?.toString()).toBe('hello')
    const temporary = store.directory
    await store.close()
    await expect(readdir(temporary)).rejects.toThrow('ENOENT')
  })

  it('recovers what was written, from the journal alone and from snapshot and journal', async () => {
    {
      await using store = await Store.open({ dir: directory })
      store.set('a', '1')
      store.call('APPEND', 'a', '2')
      store.set('gone', 'x')
      store.delete('gone')
    }
    {
      await using store = await Store.open({ dir: directory })
      expect(contents(store)).toEqual(new Map([['a', '12']]))
      await store.persistSnapshot()
      store.call('INCR', 'a')
      store.call('SET', 'b', 'later', 'PXAT', Date.now() + 1e6)
    }
    await using store = await Store.open({ dir: directory })
    expect(contents(store)).toEqual(new Map([['a', '13'], ['b', 'later']])) // biome-ignore format: pairs
    expect(store.call('PTTL', 'b')).toBeGreaterThan(0)
  })

  it('keeps its id through an orderly restart and begins a new one, the old still valid, after a crash', async () => {
    const store = await Store.open({ dir: directory, appendfsync: 'always' })
    store.set('a', '1')
    const { replicationId } = store.history
    const { offset } = store
    await store.whenDurable()
    const crashed = `${directory}-crashed`
    await mkdir(crashed)
    try {
      await copyFolder(directory, crashed)
      await store.close()
      {
        await using reopened = await Store.open({ dir: directory })
        expect(reopened.history.replicationId).toBe(replicationId)
      }
      await using recovered = await Store.open({ dir: crashed })
      expect(recovered.get('a')?.toString()).toBe('1')
      expect(recovered.offset).toBe(offset)
      expect(recovered.history.replicationId).not.toBe(replicationId)
      expect(isPrefixOf(recovered.history, replicationId, offset)).toBe(true)
      expect(isPrefixOf(recovered.history, replicationId, offset + 1)).toBe(false)
    } finally {
      await rm(crashed, { recursive: true })
    }
  })

  it('refuses a folder that is in use, and one whose snapshot is damaged, and changes nothing there', async () => {
    {
      await using store = await Store.open({ dir: directory })
      await expect(Store.open({ dir: directory })).rejects.toMatchObject({ code: 'STORE_LOCKED' })
      store.set('a', 'x'.repeat(1000))
      const file = await store.persistSnapshot()
      await store.close()
      await truncate(file.path, file.size - 10)
    }
    const before = await readdir(directory)
    await expect(Store.open({ dir: directory })).rejects.toMatchObject({ code: 'NO_GOOD_SNAPSHOT' })
    expect(await readdir(directory)).toEqual(before)
  })

  it('keeps only the newest snapshot, and those that somebody holds', async () => {
    await using store = await Store.open({ dir: directory })
    store.set('a', '1')
    const first = await store.persistSnapshot()
    const hold = store.holdSnapshot(first)
    expect(await store.persistSnapshot()).toBe(first)
    store.set('a', '2')
    const second = await store.persistSnapshot()
    expect((await readdir(directory)).filter((name) => name.endsWith('.rdb')).sort()).toEqual(
      ['dump.rdb', nameOf(first.path), nameOf(second.path)].sort(),
    )
    hold[Symbol.dispose]()
    await expect.poll(() => readdir(directory)).not.toContain(nameOf(first.path))
    expect(await readdir(directory)).toContain(nameOf(second.path))
  })

  it('persists a snapshot by itself when the journal has grown', async () => {
    await using store = await Store.open({ dir: directory, autoSnapshotBytes: 10_000 })
    for (let i = 0; i < 200; i++) store.set(`key:${i}`, 'x'.repeat(100))
    await expect.poll(() => store.latestSnapshot?.offset).toBe(store.offset)
  })

  it('tells that the process that starts children has died, and goes on with another', async () => {
    await using store = await Store.open({ dir: directory })
    const deaths: Error[] = []
    store.on('launcherDied', (error) => deaths.push(error))
    store.set('a', 'x'.repeat(50_000_000))
    const persisting = store.persistSnapshot()
    const launcher = (store.children as ProcessLauncher).processId!
    process.kill(launcher, 'SIGKILL')
    // It may have been killed before or after it had started the child.
    await persisting.catch((error: unknown) => expect(error).toMatchObject({ code: 'PERSISTING_CHILD_DIED' }))
    expect(deaths).toMatchObject([{ code: 'LAUNCHER_DIED' }])
    const file = await store.persistSnapshot()
    expect(file.offset).toBe(store.offset)
    expect((await readdir(directory)).filter((name) => name.includes('.tmp-'))).toEqual([])
  })

  describe('as a slave', () => {
    it('takes a snapshot and the stream, survives a restart at its offset, and answers reads only', async () => {
      await using master = await Store.open()
      for (let i = 0; i < 1000; i++) master.set(`key:${i}`, `value ${i}`)
      {
        await using slave = await Store.open({ dir: directory })
        slave.set('own', 'old')
        slave.follow()
        await synchronize(master, slave)
        expect(contents(slave)).toEqual(contents(master))
        const from = slave.offset
        expect(from).toBe(master.offset)
        master.set('key:1', 'changed')
        master.call('APPEND', 'key:2', '!')
        const stream = await streamOf(master, from)
        for (const byte of stream) slave.applyStream(Buffer.of(byte))
        expect(slave.offset).toBe(master.offset)
        expect(contents(slave)).toEqual(contents(master))
        expect(() => slave.set('a', 'b')).toThrow('READONLY')
      }
      await using slave = await Store.open({ dir: directory })
      expect(slave.isReadOnly).toBe(true)
      expect(slave.offset).toBe(master.offset)
      expect(slave.history.replicationId).toBe(master.history.replicationId)
      expect(contents(slave)).toEqual(contents(master))
    })

    it('shows the old data until the new is loaded with all of the stream that came meanwhile', async () => {
      await using master = await Store.open()
      for (let i = 0; i < 20_000; i++) master.set(`key:${i}`, `value ${i}`)
      await using slave = await Store.open({ dir: directory })
      slave.set('own', 'old')
      slave.follow()
      const file = await master.persistSnapshot()
      const incoming = await slave.incomingSnapshot({ ...file, snapshotId: file.id })

      await incoming.write(await readFile(file.path))
      for (let i = 0; i < 20_000; i++) master.call('APPEND', `key:${i}`, '!')
      const stream = await streamOf(master, file.offset)
      let seenWhileLoading: string | undefined
      slave.once('history', () => {
        expect(slave.isLoading).toBe(true)
        slave.applyStream(stream)
        seenWhileLoading = slave.get('own')?.toString()
      })
      const { loaded } = await slave.adopt(incoming)
      await loaded
      expect(seenWhileLoading).toBe('old')
      expect(slave.appliedOffset).toBe(master.offset)
      expect(contents(slave)).toEqual(contents(master))
    })

    it('is promoted with a new id, its former history valid up to there, also while it loads', async () => {
      await using master = await Store.open()
      for (let i = 0; i < 10_000; i++) master.set(`key:${i}`, `value ${i}`)
      await using slave = await Store.open({ dir: directory })
      slave.follow()
      const file = await master.persistSnapshot()
      const incoming = await slave.incomingSnapshot({ ...file, snapshotId: file.id })

      await incoming.write(await readFile(file.path))
      await slave.adopt(incoming)
      expect(await slave.promote()).toBe(true)
      expect(slave.isReadOnly).toBe(false)
      expect(contents(slave)).toEqual(contents(master))
      expect(slave.history.replicationId).not.toBe(master.history.replicationId)
      expect(isPrefixOf(slave.history, master.history.replicationId, file.offset)).toBe(true)
      slave.set('now', 'a master')
      expect(isPrefixOf(slave.history, master.history.replicationId, slave.offset)).toBe(false)
    })

    it('never shows or keeps half of a stream that can not be applied', async () => {
      await using slave = await Store.open({ dir: directory })
      slave.follow()
      await using master = await Store.open()
      master.set('a', '1')
      const stream = await streamOf(master, 0)
      const unknown = Buffer.from([0x09, 0x0a, 0x07, ...Buffer.from('NOTHING')])
      expect(() => slave.applyStream(Buffer.concat([stream, unknown]))).toThrow(
        expect.objectContaining({ code: 'STREAM_COMMAND_UNKNOWN' }),
      )
      expect(slave.get('a')?.toString()).toBe('1')
      expect(slave.offset).toBe(stream.length)
    })
  })

  it('starts from a dump that lies in the folder', async () => {
    {
      await using store = await Store.open({ dir: directory })
      store.set('from', 'a dump')
      const { path } = await store.persistSnapshot()
      await mkdir(join(directory, 'elsewhere'))
      await copyFile(path, join(directory, 'elsewhere', 'dump.rdb'))
    }
    {
      await using store = await Store.open({ dir: join(directory, 'elsewhere') })
      expect(store.get('from')?.toString()).toBe('a dump')
      store.set('more', 'now')
    }
    await using store = await Store.open({ dir: join(directory, 'elsewhere') })
    expect(contents(store)).toEqual(new Map([['from', 'a dump'], ['more', 'now']])) // biome-ignore format: pairs
  })

  it('names a folder whose manifest is damaged', async () => {
    await writeFile(join(directory, 'manifest.json'), '{')
    await expect(Store.open({ dir: directory })).rejects.toMatchObject({ code: 'MANIFEST_DAMAGED' })
  })
})

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, filter: (path) => !path.endsWith('/lock') })
}
