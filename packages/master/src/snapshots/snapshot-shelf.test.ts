import { access, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '@repl/protocol'
import { isPrefixOf, Store } from '@repl/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HeldSnapshot } from './held-snapshot.ts'
import { MAX_KEPT_SNAPSHOTS } from './kept-snapshots.ts'
import { REUSE_MINIMUM_BYTES, SnapshotShelf } from './snapshot-shelf.ts'

describe('snapshot shelf', () => {
  let directory: string
  let store: Store
  const clock = new FakeClock()
  const ignore = () => undefined
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'repl-shelf-'))
    store = await Store.open({ dir: directory })
  })
  afterEach(async () => {
    await store.close()
    await rm(directory, { recursive: true })
  })

  it('makes one snapshot for all who wait, and serves it again while the journal since is short', async () => {
    using shelf = new SnapshotShelf(store, clock, () => 1000)
    store.set('a', 'b')
    const [first, second] = await Promise.all([shelf.acquire(ignore), shelf.acquire(ignore)])
    expect(second.file).toEqual(first.file)
    expect(first.takeReader().offset).toBe(first.file.offset)
    store.set('c', 'd')
    await store.whenDurable()
    const later = await shelf.acquire(ignore)
    expect(later.file).toEqual(first.file)
    store.set('long', 'x'.repeat(REUSE_MINIMUM_BYTES))
    const fresh = await shelf.acquire(ignore)
    expect(fresh.file.offset).toBe(store.offset)
    for (const held of [first, second, later, fresh]) held.release()
  })

  it('offers a snapshot while it is being written, to all, and keeps it for whoever comes back', async () => {
    using shelf = new SnapshotShelf(store, clock, () => 1000)
    store.set('a', 'b')
    const [first, second] = await Promise.all([shelf.offer(ignore, null, true), shelf.offer(ignore, null, true)])
    expect(first).toMatchObject({ size: 0, offset: store.offset, id: second.id })
    expect(() => first.takeReader()).toThrow('still being written')
    first.release()
    const { file } = await second.whole
    expect(file).toMatchObject({ id: second.id, offset: second.offset })
    expect(second.paths).toContain(file.path)
    expect(second.takeReader().offset).toBe(file.offset)
    second.release()
    store.set('c', 'd')
    await store.persistSnapshot()
    const again = await shelf.offer(ignore, { snapshotId: first.id, bytes: 3 }, true)
    expect(again).toMatchObject({ id: first.id, size: file.size })
    again.release()
  })

  it('tells all who wait where a snapshot fails', async () => {
    using shelf = new SnapshotShelf(store, clock, () => 1000)
    store.set('a', 'b')
    const offered = await shelf.offer(ignore, null, true)
    // A folder where the file should come.
    await mkdir(offered.paths.at(-1) ?? '')
    await expect(offered.whole).rejects.toMatchObject({ code: 'PERSISTING_CHILD_FAILED' })
    offered.release()
  })

  it('keeps the file for whoever comes back, and not for ever', async () => {
    using shelf = new SnapshotShelf(store, clock, () => 1000)
    store.set('a', 'b')
    const held = await shelf.acquire(ignore)
    store.set('c', 'd')
    await store.persistSnapshot()
    held.release()
    clock.advance(999)
    await access(held.file.path)
    clock.advance(1)
    await expect
      .poll(() =>
        access(held.file.path).then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone')
    expect(clock.pending).toBe(0)
  })

  it('gives the snapshot that the slave has begun, though a newer one has come, while the stream since is not too long', async () => {
    using shelf = new SnapshotShelf(store, clock, () => 1000)
    store.set('a', 'b')
    const held = await shelf.acquire(ignore)
    const begun = { snapshotId: held.file.id, bytes: held.file.size - 1 }
    store.set('long', 'x'.repeat(REUSE_MINIMUM_BYTES - 100))
    await store.persistSnapshot()
    held.release()
    const again = await shelf.acquire(ignore, begun)
    expect(again.file).toEqual(held.file)
    expect(again.origin).toBe(`the slave goes on at byte ${begun.bytes}`)
    again.takeReader()[Symbol.dispose]()
    again.release()
    store.set('longer', 'x'.repeat(1000))
    await store.whenDurable()
    const other = await shelf.acquire(ignore, begun)
    expect(other.file.id).not.toBe(begun.snapshotId)
    expect(other.origin).toMatch(/the slave has begun, since \d+ bytes were written since/)
    other.release()
    const unknown = await shelf.acquire(ignore, { snapshotId: 'unknown', bytes: 5 })
    expect(unknown.origin).toMatch(/the slave has begun, since its file is no longer here/)
    unknown.release()
    const longer = await shelf.acquire(ignore, { snapshotId: unknown.file.id, bytes: unknown.file.size + 1 })
    expect(longer.origin).toMatch(/since it has \d+ bytes and no \d+/)
    longer.release()
  })

  it('keeps no file that all have got, and at most a few of those that some may come back for', async () => {
    using shelf = new SnapshotShelf(store, clock, () => 1000)
    const held: HeldSnapshot[] = []
    for (let i = 0; i <= MAX_KEPT_SNAPSHOTS + 1; i++) {
      store.set('long', `${i}`.padEnd(2 * REUSE_MINIMUM_BYTES, 'x'))
      held.push(await shelf.acquire(ignore))
    }
    held[0]!.takeReader()[Symbol.dispose]()
    for (const snapshot of held) snapshot.release()
    const isThere = async ({ file }: HeldSnapshot) =>
      access(file.path).then(
        () => true,
        () => false,
      )
    await expect.poll(() => Promise.all(held.map(isThere))).toEqual([false, false, true, true, true, true])
  })

  it('has the file of a broken transfer also after a restart of its node', async () => {
    store.set('a', 'b')
    let begun: { snapshotId: string; bytes: number }
    {
      using shelf = new SnapshotShelf(store, clock, () => 1000)
      const held = await shelf.acquire(ignore)
      begun = { snapshotId: held.file.id, bytes: 1 }
      store.set('c', 'd')
      await store.persistSnapshot()
      await store.close()
    }
    store = await Store.open({ dir: directory })
    using shelf = new SnapshotShelf(store, clock, () => 1000)
    const again = await shelf.acquire(ignore, begun)
    expect(again.file.id).toBe(begun.snapshotId)
    await access(again.file.path)
    again.release()
  })

  it('serves a snapshot from before a promotion: what it holds is the beginning of the new history too', async () => {
    using shelf = new SnapshotShelf(store, clock, () => 1000)
    store.set('a', 'b')
    const before = await shelf.acquire(ignore)
    before.release()
    store.follow()
    await store.promote()
    shelf.forget()
    const after = await shelf.acquire(ignore)
    expect(after.file).toEqual(before.file)
    expect(isPrefixOf(store.history, after.file.replicationId, after.file.offset)).toBe(true)
    after.release()
  })
})
