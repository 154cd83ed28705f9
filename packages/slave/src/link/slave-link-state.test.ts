import type { MasterMessage } from '@repl/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DiskFullError } from '../errors.ts'
import type { SlaveLinkAction, SlaveLinkInput, SlaveLinkSetup } from './slave-link-contract.ts'
import { SlaveLinkState } from './slave-link-state.ts'

const ID = 'a'.repeat(40)
const OTHER = 'b'.repeat(40)
const SIGNATURE = new Uint8Array(32).fill(1)

function make(overrides: Partial<SlaveLinkSetup> = {}, isLoading = false) {
  const position = { replicationId: ID, received: 100, applied: 100, durable: 90 }
  const setup: SlaveLinkSetup = {
    master: 'm:1',
    password: null,
    capabilities: [],
    clientNonce: 'nonce',
    announcedHost: '',
    announcedPort: 0,
    runId: ID,
    timeout: 1000,
    acknowledgementPeriod: 100,
    position: () => position,
    isServerSignature: (expected, received) => Buffer.compare(expected, received) === 0,
    ...overrides,
  }
  const state = new SlaveLinkState(setup, 0, isLoading)
  let now = 0
  const give = (input: SlaveLinkInput, at = now) => {
    now = at
    return state.handle(input, now)
  }
  const hear = (message: MasterMessage, at = now) => give({ type: 'message', message }, at)
  return { state, position, give, hear }
}

const pong: MasterMessage = {
  type: 'pong',
  protocolVersion: 1,
  capabilities: [],
  serverSignature: new Uint8Array(0),
  runId: OTHER,
}
const challenge: MasterMessage = {
  type: 'authenticationChallenge',
  nonce: 'nonce2',
  salt: new Uint8Array(16),
  iterations: 4096,
}
const ready: MasterMessage = {
  type: 'snapshotReady',
  snapshotId: 'snapshot',
  replicationId: OTHER,
  offset: 500,
  size: 10,
  token: new Uint8Array(32),
}
const proof = { type: 'authenticationProof', nonce: 'nonce2', clientProof: new Uint8Array(32) } as const

const sent = (actions: readonly SlaveLinkAction[]) =>
  actions.flatMap((action) => (action.type === 'send' ? [action.message] : []))
const steps = (actions: readonly SlaveLinkAction[]) =>
  actions.flatMap((action) => (action.type === 'step' ? [action.step.number] : []))
const code = (actions: readonly SlaveLinkAction[]) => {
  const last = actions.at(-1)
  return last?.type === 'fail' ? last.error.code : null
}

function streaming() {
  const link = make()
  link.give({ type: 'opened' })
  link.hear(pong)
  link.hear({ type: 'partialResynchronization', replicationId: OTHER, offset: 100 })
  return link
}

describe('slave link state', () => {
  it('pings first, and asks to go on once the master has answered', () => {
    const { state, give, hear } = make()
    const opened = give({ type: 'opened' }, 5)
    expect(sent(opened)).toMatchObject([{ type: 'ping', clientNonce: 'nonce', protocolVersion: 1 }])
    expect(steps(opened)).toEqual([2])
    const answered = hear(pong, 6)
    expect(steps(answered)).toEqual([3, 4])
    expect(sent(answered)).toEqual([{ type: 'synchronizationRequest', replicationId: ID, offset: 100 }])
    expect(hear({ type: 'partialResynchronization', replicationId: OTHER, offset: 100 })).toEqual([
      { type: 'continue', replicationId: OTHER, former: [] },
    ])
    expect(state.phase).toBe('streaming')
  })

  it('tells what it has of a snapshot', () => {
    const begun = { snapshotId: 'snapshot', bytes: 7 }
    const { give, hear } = make({ begun })
    give({ type: 'opened' })
    expect(sent(hear(pong))).toMatchObject([{ type: 'synchronizationRequest', begun }])
  })

  it('proves the password and insists on the same from the master', () => {
    const { give, hear } = make({ password: 'secret' })
    give({ type: 'opened' })
    expect(hear(challenge).at(-1)).toEqual({ type: 'answer', challenge })
    expect(sent(give({ type: 'answered', proof, serverSignature: SIGNATURE }))).toEqual([proof])
    expect(sent(hear({ ...pong, serverSignature: SIGNATURE }))).toMatchObject([{ type: 'synchronizationRequest' }])
  })

  it('does not follow a master that can not prove the password', () => {
    const wrong = make({ password: 'secret' })
    wrong.give({ type: 'opened' })
    wrong.hear(challenge)
    wrong.give({ type: 'answered', proof, serverSignature: SIGNATURE })
    expect(code(wrong.hear({ ...pong, serverSignature: new Uint8Array(32) }))).toBe('MASTER_UNPROVEN')
    const none = make({ password: 'secret' })
    none.give({ type: 'opened' })
    expect(code(none.hear(pong))).toBe('MASTER_WITHOUT_PASSWORD')
    const early = make({ password: 'secret' })
    early.give({ type: 'opened' })
    early.hear(challenge)
    expect(code(early.hear(pong))).toBe('PROTOCOL_VIOLATION')
  })

  it('says so where it lacks the password, or was refused', () => {
    const { give, hear } = make()
    give({ type: 'opened' })
    expect(code(hear(challenge))).toBe('PASSWORD_REQUIRED')
    const refused = make()
    refused.give({ type: 'opened' })
    const actions = refused.hear({ type: 'refusal', code: 'WRONG_PASSWORD', reason: 'no' })
    expect(code(actions)).toBe('WRONG_PASSWORD')
    expect(refused.hear(pong)).toEqual([])
    expect(refused.state.deadline).toBe(Number.POSITIVE_INFINITY)
  })

  it('tells what failed by where it failed', () => {
    const protocolError = Object.assign(new Error('no frame'), { name: 'ProtocolError' })
    expect(code(make().give({ type: 'disconnected', error: new Error('ECONNREFUSED') }))).toBe('MASTER_UNREACHABLE')
    expect(code(make().give({ type: 'tick' }, 1000))).toBe('MASTER_UNREACHABLE')
    const garbage = make()
    garbage.give({ type: 'opened' })
    expect(code(garbage.give({ type: 'disconnected', error: protocolError }))).toBe('NOT_A_MASTER')
    const silent = make()
    silent.give({ type: 'opened' }, 50)
    expect(silent.state.deadline).toBe(1050)
    expect(silent.give({ type: 'tick' }, 1049)).toEqual([])
    expect(code(silent.give({ type: 'tick' }, 1050))).toBe('MASTER_SILENT')
    expect(code(streaming().give({ type: 'disconnected', error: null }))).toBe('CONNECTION_LOST')
    expect(code(streaming().give({ type: 'disconnected', error: protocolError }))).toBe('PROTOCOL_VIOLATION')
    expect(code(streaming().give({ type: 'failed', error: new DiskFullError('full') }))).toBe('DISK_FULL')
  })

  it('goes through a full resynchronisation and is online when it has what the master had', () => {
    const { state, position, give, hear } = make()
    give({ type: 'opened' }, 1)
    hear(pong, 2)
    const full = hear({ type: 'fullResynchronization', replicationId: OTHER, reason: 'gone' }, 3)
    expect(full).toEqual([{ type: 'resynchronize', reason: 'gone' }])
    const waiting = give({ type: 'tick' }, 150)
    expect(sent(waiting)).toEqual([{ type: 'acknowledgement', receivedOffset: 0, appliedOffset: 0, durableOffset: 0 }])
    const offered = hear(ready, 151)
    expect(steps(offered)).toEqual([5])
    expect(offered.at(-1)).toEqual({ type: 'transfer', snapshot: ready })
    Object.assign(position, { replicationId: OTHER, received: 500, applied: 500, durable: 500 })
    const adopted = give({ type: 'adopted', size: 10 }, 160)
    expect(steps(adopted)).toEqual([6])
    expect(sent(adopted)).toEqual([{ type: 'snapshotStored', snapshotId: 'snapshot' }])
    hear({ type: 'heartbeat', offset: 503 }, 161)
    const data = Buffer.from('abc')
    expect(hear({ type: 'streamChunk', offset: 500, data }, 162)).toEqual([{ type: 'apply', data }])
    Object.assign(position, { received: 503, applied: 503 })
    expect(state.applied(162)).toEqual([])
    const loaded = give({ type: 'loaded' }, 170)
    expect(steps(loaded)).toEqual([7, 8])
    expect(loaded).toContainEqual({ type: 'online' })
    expect(sent(loaded).at(-1)).toMatchObject({ receivedOffset: 503, appliedOffset: 503, durableOffset: 500 })
  })

  it('hides what is applied while a snapshot of an earlier link still loads', () => {
    const { give, hear } = make({}, true)
    give({ type: 'opened' })
    hear(pong)
    hear({ type: 'partialResynchronization', replicationId: ID, offset: 100 })
    expect(hear({ type: 'heartbeat', offset: 100 })).toEqual([])
    const [acknowledgement] = sent(hear({ type: 'acknowledgementRequest' }))
    expect(acknowledgement).toMatchObject({ receivedOffset: 100, appliedOffset: 0 })
    expect(give({ type: 'loaded' })).toContainEqual({ type: 'online' })
  })

  it('accepts only the byte that is next', () => {
    const link = make()
    link.give({ type: 'opened' })
    link.hear(pong)
    expect(code(link.hear({ type: 'partialResynchronization', replicationId: ID, offset: 99 }))).toBe(
      'PROTOCOL_VIOLATION',
    )
    const data = Buffer.from('abc')
    for (const offset of [99, 101]) {
      expect(code(streaming().hear({ type: 'streamChunk', offset, data }))).toBe('PROTOCOL_VIOLATION')
    }
    const { hear } = streaming()
    hear({ type: 'streamChunk', offset: 100, data })
    expect(hear({ type: 'streamChunk', offset: 103, data })).toEqual([{ type: 'apply', data }])
  })

  it('acknowledges every period, when asked, and again when what it has is durable', () => {
    const { state, position, give, hear } = streaming()
    expect(state.deadline).toBe(100)
    expect(sent(give({ type: 'tick' }, 100))).toHaveLength(1)
    expect(state.deadline).toBe(200)
    const asked = hear({ type: 'acknowledgementRequest' }, 150)
    expect(asked.map(({ type }) => type)).toEqual(['send', 'awaitDurable'])
    expect(state.deadline).toBe(250)
    position.durable = 100
    expect(sent(give({ type: 'durable' }))).toMatchObject([{ durableOffset: 100 }])
    expect(give({ type: 'durable' })).toEqual([])
  })

  it('does not blame the master for silence while it does not read itself', () => {
    const { state, give } = streaming()
    state.setReading(false, 10)
    expect(code(give({ type: 'tick' }, 5000))).toBeNull()
    state.setReading(true, 5001)
    expect(code(give({ type: 'tick' }, 6000))).toBeNull()
    expect(code(give({ type: 'tick' }, 6001))).toBe('MASTER_SILENT')
  })

  it('never throws, fails at most once and is quiet afterwards, whatever comes', () => {
    const messages: readonly MasterMessage[] = [
      pong,
      challenge,
      ready,
      { type: 'refusal', code: 'X', reason: 'y' },
      { type: 'partialResynchronization', replicationId: ID, offset: 100 },
      { type: 'fullResynchronization', replicationId: ID, reason: '' },
      { type: 'streamChunk', offset: 100, data: Buffer.from('a') },
      { type: 'heartbeat', offset: 100 },
      { type: 'acknowledgementRequest' },
    ]
    const input = fc.oneof(
      fc.constantFrom(...messages).map((message): SlaveLinkInput => ({ type: 'message', message })),
      fc.constantFrom<SlaveLinkInput>(
        { type: 'opened' },
        { type: 'answered', proof, serverSignature: new Uint8Array(0) },
        { type: 'adopted', size: 10 },
        { type: 'loaded' },
        { type: 'durable' },
        { type: 'tick' },
        { type: 'disconnected', error: null },
      ),
    )
    const password = fc.constantFrom(null, 'secret')
    fc.assert(
      fc.property(fc.array(fc.tuple(input, fc.nat(300)), { maxLength: 30 }), password, (inputs, secret) => {
        const { state } = make({ password: secret })
        let now = 0
        let failures = 0
        for (const [next, delay] of inputs) {
          now += delay
          const actions = state.handle(next, now)
          if (failures > 0) expect(actions).toEqual([])
          const failed = actions.findIndex(({ type }) => type === 'fail')
          if (failed >= 0) expect(failed).toBe(actions.length - 1)
          failures += actions.filter(({ type }) => type === 'fail').length
          expect(state.phase === 'closed').toBe(failures === 1)
          if (state.phase !== 'closed') expect(state.deadline).toBeLessThanOrEqual(now + 1000)
        }
      }),
      { numRuns: 500 },
    )
  })
})
