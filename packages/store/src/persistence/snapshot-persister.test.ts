import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ProcessLauncher } from '../children/process-launcher.ts'
import { KeySpace } from '../keyspace/key-space.ts'
import { PersistingChildError } from './persisting-child-error.ts'
import { persistingProcessOf } from './persisting-child-report.ts'
import { type PlainRecord, RecordList } from './record-list.ts'
import { loadSnapshot } from './snapshot-loader.ts'
import { persistSnapshot, removePersistingLeftovers } from './snapshot-persister.ts'
import type { RecordVisitor, SnapshotRecords } from './snapshot-records.ts'

const children = new ProcessLauncher((error) => {
  throw error
})
const HISTORY = { replicationId: 'ab'.repeat(20), offset: 1234 }
const TMPFS_BYTES = 1024 * 1024

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapshot-persister-'))
  path = join(directory, 'dump.rdb')
})
afterEach(() => rm(directory, { recursive: true }))
afterAll(() => children.close())

function numbered(count: number, valueLength: number): PlainRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    key: Buffer.from(`key:${i}`),
    value: Buffer.alloc(valueLength, `value ${i} `),
    expiresAt: i % 5 === 0 ? 1_700_000_000_000 + i : 0,
  }))
}

/** A snapshot that goes on giving the same record, `size` times, without taking memory. */
class EndlessRecords implements SnapshotRecords {
  readonly size: number
  readonly volatileSize = 0
  #left: number
  readonly #bytes = Buffer.alloc(1016, 'some record ')

  constructor(size = 1_000_000_000) {
    this.size = size
    this.#left = size
  }

  visit(count: number, visit: RecordVisitor): boolean {
    const visited = Math.min(count, this.#left)
    for (let i = 0; i < visited; i++) visit(this.#bytes, 0, 16, 16, 1016, 0, 0, null)
    this.#left -= visited
    return this.#left > 0
  }
}

async function childProcesses(): Promise<number[]> {
  const names = await readdir(directory)
  return names.map(persistingProcessOf).filter((processId) => processId !== null)
}

async function load(): Promise<Map<number, RecordList>> {
  const loaded = new Map<number, RecordList>()
  await loadSnapshot(path, {
    keySpaceFor: (database) => {
      const list = new RecordList()
      loaded.set(database, list)
      return list
    },
  })
  return loaded
}

describe('persistSnapshot', { timeout: 60_000 }, () => {
  it('writes a file that is loaded equal, and says what it is', async () => {
    const databases = [numbered(5000, 100), [], numbered(300, 20_000)]
    const progress: number[] = []
    const file = await persistSnapshot(
      databases.map((records) => new RecordList(records)),
      { children, path, ...HISTORY, onProgress: ({ records, totalRecords }) => progress.push(records / totalRecords) },
    )
    const bytes = await readFile(path)
    expect(file).toMatchObject({ path, size: bytes.length, ...HISTORY })
    expect(bytes.subarray(-8).reverse().toString('hex')).toBe(file.crc64)
    expect(file.id).toMatch(new RegExp(`^${HISTORY.replicationId}-1234-[0-9a-f]{16}$`))
    expect(progress.at(-1)).toBe(1)
    const loaded = await load()
    expect([...loaded.keys()]).toEqual([0, 2])
    for (const [database, list] of loaded) {
      const expected = new RecordList(databases[database]).records()
      expect(list.size).toBe(expected.length)
      expect(list.records().every(({ value }, i) => value.equals(expected[i]!.value))).toBe(true)
    }
    expect(await readdir(directory)).toEqual(['dump.rdb'])
  })

  it('writes what there was when the snapshot was opened, while it is being changed', async () => {
    const keySpace = new KeySpace()
    const set = (key: string, value: Buffer) => {
      keySpace.set(Buffer.from(key), 0, key.length, value, 0, value.length, 0)
    }
    for (let i = 0; i < 20_000; i++) set(`key:${i}`, Buffer.alloc(i % 500 === 0 ? 40_000 : 50, 'old'))
    using snapshot = keySpace.openSnapshot()
    let turn = 0
    await persistSnapshot(snapshot, {
      children,
      path,
      ...HISTORY,
      onProgress: () => {
        for (let i = 0; i < 1000; i++)
          set(`key:${(turn * 1000 + i) % 20_000}`, Buffer.alloc(i % 500 === 0 ? 40_000 : 50, 'new'))
        keySpace.compact(1)
        turn++
      },
    })
    const list = (await load()).get(0)!
    expect(list.size).toBe(20_000)
    expect(list.records().every(({ value }) => value.subarray(0, 3).toString() === 'old')).toBe(true)
  })

  it('writes an empty file for no records', async () => {
    await persistSnapshot(new RecordList(), { children, path, ...HISTORY })
    expect((await load()).size).toBe(0)
  })

  it('replaces an older file only with a whole one, whenever the child is killed', async () => {
    await persistSnapshot(new RecordList(numbered(10, 10)), { children, path, ...HISTORY })
    const outcomes = new Set<string>()
    for (let round = 0; round < 12; round++) {
      // The last rounds kill late, when the file may be there already: either is right, half of it never is.
      const records = new EndlessRecords(round < 6 ? 1_000_000 : 20_000)
      const persisting = persistSnapshot(records, { children, path, ...HISTORY }).then(
        () => 'written',
        (error: unknown) => error,
      )
      await vi.waitFor(async () => expect(await childProcesses()).not.toEqual([]), { interval: 1, timeout: 20_000 })
      await setTimeout(Math.random() * 60)
      for (const processId of await childProcesses()) process.kill(processId, 'SIGKILL')
      const outcome = await persisting
      if (outcome !== 'written') {
        expect(outcome).toBeInstanceOf(PersistingChildError)
        expect(outcome).toMatchObject({ code: 'PERSISTING_CHILD_DIED', signal: 'SIGKILL' })
      }
      outcomes.add(outcome === 'written' ? 'written' : 'killed')
      expect(await readdir(directory)).toEqual(['dump.rdb'])
      await loadSnapshot(path, { keySpaceFor: () => ({ size: 0, set: () => {}, clear: () => {} }) }).catch((error) => {
        // EndlessRecords repeats its key: the file is whole if that is all there is to say.
        expect(String(error)).toContain('different keys')
      })
    }
    expect(outcomes).toContain('killed')
  })

  it('kills the child when it is aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('no longer wanted')
    const onProgress = ({ bytes }: { bytes: number }) => {
      if (bytes > 20_000_000) controller.abort(reason)
    }
    const persisting = persistSnapshot(new EndlessRecords(), {
      children,
      path,
      ...HISTORY,
      signal: controller.signal,
      onProgress,
    })
    await expect(persisting).rejects.toBe(reason)
    expect(await readdir(directory)).toEqual([])
    await expect(
      persistSnapshot(new RecordList(), { children, path, ...HISTORY, signal: controller.signal }),
    ).rejects.toBe(reason)
  })

  it('ends with an error, and without a file, when the process that starts children dies', async () => {
    const deaths: Error[] = []
    const launcher = new ProcessLauncher((error) => deaths.push(error))
    let killed = false
    const onProgress = ({ bytes }: { bytes: number }) => {
      if (killed || bytes < 20_000_000) return
      killed = true
      process.kill(launcher.processId!, 'SIGKILL')
    }
    const persisting = persistSnapshot(new EndlessRecords(), { children: launcher, path, ...HISTORY, onProgress })
    await expect(persisting).rejects.toMatchObject({ code: 'PERSISTING_CHILD_DIED', exitCode: null, signal: null })
    expect(await readdir(directory)).toEqual([])
    expect(deaths).toHaveLength(1)
    await persistSnapshot(new RecordList(numbered(10, 10)), { children: launcher, path, ...HISTORY })
    await launcher.close()
  })

  it('kills the child when the records fail', async () => {
    const failure = new Error('a broken record')
    const visit = () => {
      throw failure
    }
    await expect(persistSnapshot({ size: 1, volatileSize: 0, visit }, { children, path, ...HISTORY })).rejects.toBe(
      failure,
    )
    expect(await readdir(directory)).toEqual([])
  })

  it('says when the folder is not there', async () => {
    const persisting = persistSnapshot(new EndlessRecords(10), {
      children,
      path: join(directory, 'missing', 'a'),
      ...HISTORY,
    })
    await expect(persisting).rejects.toMatchObject({ code: 'PERSISTING_CHILD_FAILED', systemCode: 'ENOENT' })
  })

  it('leaves no file when its parent is killed', async () => {
    const persister = new URL('./snapshot-persister.ts', import.meta.url).href
    const launcher = new URL('../children/process-launcher.ts', import.meta.url).href
    // A parent that never finishes, as far as its child is concerned.
    const script = `
      import { persistSnapshot } from ${JSON.stringify(persister)}
      import { ProcessLauncher } from ${JSON.stringify(launcher)}
      const children = new ProcessLauncher(() => {})
      const bytes = Buffer.alloc(1016, 'x')
      const visit = (count, visitor) => {
        for (let i = 0; i < count; i++) visitor(bytes, 0, 16, 16, 1016, 0, 0)
        return true
      }
      const onProgress = ({ bytes }) => { if (bytes > 30_000_000) process.stdout.write('.') }
      await persistSnapshot({ size: 1e9, volatileSize: 0, visit }, { children, path: process.argv[1], ...${JSON.stringify(HISTORY)}, onProgress })
    `
    await writeFile(path, 'the older file')
    for (let round = 0; round < 3; round++) {
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(parent.stdout, 'data')
      expect(await childProcesses()).toHaveLength(1)
      await setTimeout(Math.random() * 30)
      parent.kill('SIGKILL')
      await once(parent, 'close')
      // Its child has still to see the end of its input.
      await vi.waitFor(async () => expect(await readdir(directory)).toEqual(['dump.rdb']), { timeout: 20_000 })
      expect(await readFile(path, 'utf8')).toBe('the older file')
    }
  })

  it('reports a full disk, leaves the older file, and writes when there is room again', async (context) => {
    const disk = join(directory, 'disk')
    await mkdir(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${TMPFS_BYTES}`, 'tmpfs', disk], { stdio: 'pipe' })
    } catch (error) {
      context.skip(`a small tmpfs can't be mounted here (${error})`)
    }
    try {
      path = join(disk, 'dump.rdb')
      const records = numbered(100, 1000)
      await persistSnapshot(new RecordList(records), { children, path, ...HISTORY })
      const older = await readFile(path)
      const failure = await persistSnapshot(new EndlessRecords(), { children, path, ...HISTORY }).catch(
        (error: unknown) => error,
      )
      expect(failure).toBeInstanceOf(PersistingChildError)
      expect(failure).toMatchObject({ code: 'PERSISTING_CHILD_FAILED', systemCode: 'ENOSPC' })
      expect(await readdir(disk)).toEqual(['dump.rdb'])
      expect((await readFile(path)).equals(older)).toBe(true)
      await persistSnapshot(new RecordList(numbered(200, 1000)), { children, path, ...HISTORY })
      expect((await load()).get(0)!.size).toBe(200)
    } finally {
      execFileSync('umount', [disk])
    }
  })
})

describe('removePersistingLeftovers', () => {
  it('removes what dead children have left, and nothing else', async () => {
    for (const name of ['dump.rdb', 'dump.rdb.tmp-123', 'other.tmp-4', 'manifest.json.tmp', 'x.tmp-y']) {
      await writeFile(join(directory, name), '')
    }
    expect((await removePersistingLeftovers(directory)).toSorted()).toEqual(['dump.rdb.tmp-123', 'other.tmp-4'])
    expect((await readdir(directory)).sort()).toEqual(['dump.rdb', 'manifest.json.tmp', 'x.tmp-y'])
  })
})
