import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '@repl/protocol'
import { isPrefixOf, Store } from '@repl/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
