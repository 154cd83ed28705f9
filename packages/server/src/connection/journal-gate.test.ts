import { EventEmitter } from 'node:events'
import { PENDING_LIMIT, type StoreEvents } from '@repl/store'
import { beforeEach, describe, expect, test } from 'vitest'
import { type GatedStore, type HeldReplies, JournalGate } from './journal-gate.ts'

/** A store of which there is only what the gate looks at. */
class FakeStore extends EventEmitter<StoreEvents> {
  isReadOnly = false
  journal = { fsync: 'always', endOffset: 0, durableOffset: 0, pendingBytes: 0, failure: null as Error | null }
}

class Client implements HeldReplies {
  readonly released: boolean[] = []
  heldUntil: number

  constructor(heldUntil: number) {
    this.heldUntil = heldUntil
  }

  releaseReplies(mustAskAgain: boolean): void {
    this.released.push(mustAskAgain)
  }
}

let store: FakeStore
let gate: JournalGate
let relieved: number

beforeEach(() => {
  store = new FakeStore()
  relieved = 0
  gate = new JournalGate(store as unknown as GatedStore, () => relieved++)
})

describe('JournalGate', () => {
  test('lets replies go only when what they tell of is durable', () => {
    store.journal.endOffset = 100
    expect(gate.offsetToAwait(0)).toBe(100)
    const first = new Client(100)
    const second = new Client(200)
    gate.hold(first)
    gate.hold(second)
    store.journal.durableOffset = 150
    store.emit('durable')
    expect([first.released, second.released]).toEqual([[false], []])
    expect(gate.offsetToAwait(100)).toBe(0)
    store.journal.durableOffset = 200
    store.emit('durable')
    expect(second.released).toEqual([false])
  })

  test('has nobody wait under everysec', () => {
    store.journal.fsync = 'everysec'
    store.journal.endOffset = 100
    expect(gate.offsetToAwait(100)).toBe(0)
  })

  test('while the disk refuses, only writers wait', () => {
    store.journal.endOffset = 100
    const reader = new Client(100)
    gate.hold(reader)
    store.journal.failure = new Error('ENOSPC')
    store.emit('journalFailed', store.journal.failure as never)
    expect(reader.released).toEqual([true])
    expect(gate.offsetToAwait(0)).toBe(0)
    expect(gate.offsetToAwait(60)).toBe(60)
  })

  test('another history releases everybody', () => {
    const client = new Client(1_000_000)
    gate.hold(client)
    store.emit('history', {} as never)
    expect(client.released).toEqual([false])
  })

  test('a client that is gone is forgotten', () => {
    const client = new Client(10)
    gate.hold(client)
    gate.forget(client)
    store.journal.durableOffset = 10
    store.emit('durable')
    expect(client.released).toEqual([])
  })

  test('holds everybody while too much waits for the disk, and tells when that is over', () => {
    store.journal.pendingBytes = PENDING_LIMIT + 1
    expect(gate.isPressed()).toBe(true)
    store.emit('readable')
    expect(relieved).toBe(0)
    store.journal.pendingBytes = 0
    store.emit('readable')
    expect(relieved).toBe(1)
    store.emit('readable')
    expect(relieved).toBe(1)
    store.journal.pendingBytes = PENDING_LIMIT + 1
    store.journal.failure = new Error('ENOSPC')
    expect(gate.isPressed()).toBe(false)
  })

  test('listens no more when it is over', () => {
    gate[Symbol.dispose]()
    expect(store.eventNames()).toEqual([])
  })
})
