import type { SnapshotReadyMessage } from '@repl/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DiskFullError } from '../errors.ts'
import { MAX_BARREN_ATTEMPTS, type TransferAction, TransferState } from './transfer-state.ts'

const snapshot: SnapshotReadyMessage = {
  type: 'snapshotReady',
  snapshotId: 'id',
  replicationId: 'a'.repeat(40),
  offset: 7,
  size: 10,
  token: new Uint8Array(32),
}
const setup = { master: 'm:1', snapshot, timeout: 100, retryPeriod: 10 }

function data(text: string) {
  return { type: 'message', message: { type: 'data', data: Buffer.from(text) } } as const
}

function receiving(bytes = 0) {
  const state = new TransferState(setup, 0)
  expect(state.begin()).toEqual([{ type: 'open' }])
  state.handle({ type: 'opened', bytes }, 0)
  state.handle({ type: 'connected' }, 0)
  return state
}

function failure(actions: readonly TransferAction[]) {
  const last = actions.at(-1)
  return last?.type === 'fail' ? { code: last.error.code, discard: last.discard } : null
}

describe('transfer state', () => {
  it('opens the file, asks for what is missing, writes it and verifies it', () => {
    const state = new TransferState(setup, 0)
    expect(state.handle({ type: 'opened', bytes: 4 }, 0)).toEqual([{ type: 'progress', bytes: 4 }, { type: 'connect' }])
    expect(state.handle({ type: 'connected' }, 0)).toEqual([
      { type: 'send', message: { type: 'snapshotRequest', snapshotId: 'id', token: snapshot.token, from: 4 } },
    ])
    expect(state.handle(data('efg'), 1).map(({ type }) => type)).toEqual(['write', 'progress'])
    state.handle(data('hij'), 2)
    expect(state.handle({ type: 'message', message: { type: 'end', size: 10 } }, 3)).toEqual([
      { type: 'disconnect' },
      { type: 'verify' },
    ])
    expect(state.deadline).toBe(Number.POSITIVE_INFINITY)
    expect(state.handle({ type: 'disconnected', error: null }, 4)).toEqual([])
    expect(state.handle({ type: 'verified' }, 5)).toEqual([{ type: 'done' }])
  })

  it('needs no connection for a file that is there already', () => {
    const state = new TransferState(setup, 0)
    expect(state.handle({ type: 'opened', bytes: 10 }, 0).at(-1)).toEqual({ type: 'verify' })
  })

  it('takes a file whose size its end tells, and no end elsewhere', () => {
    const growing = { ...setup, snapshot: { ...snapshot, size: 0 } }
    const state = new TransferState(growing, 0)
    expect(state.handle({ type: 'opened', bytes: 4 }, 0).at(-1)).toEqual({ type: 'connect' })
    state.handle({ type: 'connected' }, 0)
    state.handle(data('e'.repeat(20)), 1)
    expect(state.handle({ type: 'message', message: { type: 'end', size: 24 } }, 2).at(-1)).toEqual({ type: 'verify' })
    const short = new TransferState(growing, 0)
    short.handle({ type: 'opened', bytes: 0 }, 0)
    short.handle({ type: 'connected' }, 0)
    short.handle(data('abc'), 1)
    expect(failure(short.handle({ type: 'message', message: { type: 'end', size: 4 } }, 2))).toEqual({
      code: 'SNAPSHOT_DAMAGED',
      discard: true,
    })
  })

  it('comes back for the rest after a break, and gives up when nothing more comes', () => {
    const state = receiving()
    state.handle(data('abc'), 5)
    for (let attempt = 1; attempt < MAX_BARREN_ATTEMPTS; attempt++) {
      expect(state.handle({ type: 'disconnected', error: new Error('reset') }, 10 * attempt)).toEqual([])
      expect(state.deadline).toBe(10 * attempt + 10)
      expect(state.handle({ type: 'tick' }, 10 * attempt + 10)).toEqual([{ type: 'connect' }])
      const [request] = state.handle({ type: 'connected' }, 10 * attempt + 10)
      expect(request).toMatchObject({ message: { from: 3 } })
    }
    const actions = state.handle({ type: 'disconnected', error: new Error('reset') }, 90)
    expect(failure(actions)).toEqual({ code: 'TRANSFER_FAILED', discard: false })
  })

  it('does not wait for ever on a connection that says nothing', () => {
    const state = receiving()
    expect(state.deadline).toBe(100)
    expect(state.handle({ type: 'tick' }, 100)).toEqual([{ type: 'disconnect' }])
    expect(state.phase).toBe('pausing')
  })

  it('tells a damaged file, which is thrown away, from a full disk, which is not', () => {
    expect(failure(receiving().handle(data('x'.repeat(11)), 1))).toEqual({ code: 'SNAPSHOT_DAMAGED', discard: true })
    const short = receiving().handle({ type: 'message', message: { type: 'end', size: 10 } }, 1)
    expect(failure(short)).toEqual({ code: 'SNAPSHOT_DAMAGED', discard: true })
    const full = receiving().handle({ type: 'failed', error: new DiskFullError('full') }, 1)
    expect(failure(full)).toEqual({ code: 'DISK_FULL', discard: false })
    const refused = receiving().handle(
      { type: 'message', message: { type: 'refusal', code: 'NO_SUCH_SNAPSHOT', reason: 'gone' } },
      1,
    )
    expect(failure(refused)).toEqual({ code: 'NO_SUCH_SNAPSHOT', discard: false })
  })

  it('writes every byte once and in order, wherever the connections break', () => {
    const file = 'abcdefghij'
    const pieces = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 })
    fc.assert(
      fc.property(pieces, fc.integer({ min: 0, max: 9 }), (steps, there) => {
        const state = new TransferState(setup, 0)
        let written = file.slice(0, there)
        let from = there
        let now = 0
        let isVerified = false
        const take = (actions: readonly TransferAction[]) => {
          for (const action of actions) {
            if (action.type === 'write') written += action.data.toString()
            if (action.type === 'verify') isVerified = true
            if (action.type === 'send' && action.message.type === 'snapshotRequest') from = action.message.from
            if (action.type === 'connect') take(state.handle({ type: 'connected' }, now))
          }
        }
        take(state.handle({ type: 'opened', bytes: there }, now))
        for (const length of steps) {
          if (state.phase === 'closed' || isVerified) break
          now++
          if (length === 0) {
            take(state.handle({ type: 'disconnected', error: null }, now))
            now = Math.max(now, Number.isFinite(state.deadline) ? state.deadline : now)
            take(state.handle({ type: 'tick' }, now))
            continue
          }
          const chunk = file.slice(from, from + length)
          from += chunk.length
          if (chunk.length > 0) take(state.handle(data(chunk), now))
          if (from === file.length) take(state.handle({ type: 'message', message: { type: 'end', size: 10 } }, now))
          expect(file.startsWith(written)).toBe(true)
        }
        if (isVerified) expect(written).toBe(file)
      }),
      { numRuns: 200 },
    )
  })
})
