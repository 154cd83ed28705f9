import type { SlaveMessage } from '@repl/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MasterFacts } from '../synchronization-decision.ts'
import type {
  Authenticator,
  MasterLinkAction,
  MasterLinkInput,
  MasterLinkSetup,
  SnapshotOffer,
} from './master-link-contract.ts'
import { MasterLinkState } from './master-link-state.ts'

const ID = 'a'.repeat(40)
const OTHER = 'b'.repeat(40)
const ping: SlaveMessage = {
  type: 'ping',
  protocolVersion: 1,
  capabilities: [],
  clientNonce: 'nonce',
  announcedHost: '',
  announcedPort: 0,
  runId: OTHER,
}
const offer: SnapshotOffer = {
  id: 'snapshot',
  replicationId: ID,
  offset: 150,
  size: 10,
  token: new Uint8Array(32),
  origin: 'persisted',
}
const signature = new Uint8Array(32).fill(7)
const authenticator: Authenticator = {
  challenge: (nonce) => ({
    type: 'authenticationChallenge',
    nonce: `${nonce}master`,
    salt: new Uint8Array(16),
    iterations: 4096,
  }),
  check: (_nonce, _challenge, proof) => (proof.clientProof[0] === 1 ? signature : null),
}
const proof = (first: number): SlaveMessage => ({
  type: 'authenticationProof',
  nonce: 'noncemaster',
  clientProof: new Uint8Array(32).fill(first),
})
const request = (offset: number, replicationId = ID): SlaveMessage => ({
  type: 'synchronizationRequest',
  replicationId,
  offset,
})
const acknowledge = (receivedOffset: number, appliedOffset = receivedOffset): SlaveMessage => ({
  type: 'acknowledgement',
  receivedOffset,
  appliedOffset,
  durableOffset: 0,
})

function make(overrides: Partial<MasterLinkSetup> = {}) {
  const facts: MasterFacts = {
    replicationId: ID,
    former: [],
    firstOffset: 100,
    endOffset: 200,
    isPrefix: (id) => id === ID,
  }
  const setup: MasterLinkSetup = {
    slave: 's:1',
    authenticator: null,
    capabilities: [],
    runId: ID,
    timeout: 1000,
    pingPeriod: 100,
    facts: () => facts,
    ...overrides,
  }
  const state = new MasterLinkState(setup, 0)
  let now = 0
  const give = (input: MasterLinkInput, at = now) => {
    now = at
    return state.handle(input, now)
  }
  const hear = (message: SlaveMessage, at = now) => give({ type: 'message', message }, at)
  return { state, give, hear }
}

const sent = (actions: readonly MasterLinkAction[]) =>
  actions.flatMap((action) => (action.type === 'send' ? [action.message.type] : []))
const steps = (actions: readonly MasterLinkAction[]) =>
  actions.flatMap((action) => (action.type === 'step' ? [action.step.number] : []))
const refusal = (actions: readonly MasterLinkAction[]) => {
  const last = actions.at(-1)
  return last?.type === 'close' ? (last.refusal?.code ?? last.error.code) : null
}

function streaming(from = 150) {
  const link = make()
  link.hear(ping)
  link.hear(request(from))
  return link
}

describe('master link state', () => {
  it('becomes the master before it answers the one who hands over', () => {
    const { state, give, hear } = make()
    hear(ping)
    const asked = hear({ type: 'synchronizationRequest', replicationId: ID, offset: 150, takeOver: true })
    expect(asked).toEqual([{ type: 'takeOver', replicationId: ID, offset: 150 }])
    expect(state.phase).toBe('takingOver')
    expect(hear(acknowledge(0))).toEqual([])
    expect(sent(give({ type: 'tookOver' }))).toEqual(['partialResynchronization', 'heartbeat'])
    expect(give({ type: 'tookOver' })).toEqual([])

    const refused = make()
    refused.hear(ping)
    refused.hear({ type: 'synchronizationRequest', replicationId: ID, offset: 150, takeOver: true })
    expect(refusal(refused.give({ type: 'refuse', code: 'TAKE_OVER_REFUSED', reason: 'no' }))).toBe('TAKE_OVER_REFUSED')

    const forced = make()
    forced.hear(ping)
    const request = { type: 'synchronizationRequest', replicationId: ID, offset: 150, takeOver: true } as const
    expect(forced.hear({ ...request, acceptsLoss: true })).toEqual([{ type: 'takeOver', replicationId: ID, offset: 0 }])
  })

  it('says which nodes it is fed through, and at once where they are others', () => {
    let upstream = [OTHER]
    const { give, hear } = make({ upstream: () => upstream })
    expect(hear(ping)).toContainEqual({ type: 'send', message: expect.objectContaining({ upstreamRunIds: [OTHER] }) })
    expect(give({ type: 'upstreamChanged' })).toEqual([])
    hear(request(150))
    upstream = []
    expect(give({ type: 'upstreamChanged' })).toEqual([{ type: 'send', message: { type: 'heartbeat', offset: 200 } }])
  })

  it('answers a ping and streams from where the slave is', () => {
    const { state, hear } = make()
    const welcomed = hear(ping, 1)
    expect(sent(welcomed)).toEqual(['pong'])
    expect(steps(welcomed)).toEqual([3, 4])
    const partial = hear(request(150), 2)
    expect(sent(partial)).toEqual(['partialResynchronization', 'heartbeat'])
    expect(partial.at(-1)).toEqual({ type: 'stream', from: 150 })
    expect(state.phase).toBe('streaming')
  })

  it('does not answer the ping before the slave has proved the password', () => {
    const { hear } = make({ authenticator })
    expect(sent(hear(ping))).toEqual(['authenticationChallenge'])
    const [pong] = hear(proof(1))
    expect(pong).toMatchObject({ message: { type: 'pong', serverSignature: signature } })
  })

  it('refuses a wrong password, an unknown version and whatever comes out of turn', () => {
    const wrong = make({ authenticator })
    wrong.hear(ping)
    expect(refusal(wrong.hear(proof(2)))).toBe('WRONG_PASSWORD')
    expect(wrong.hear(proof(1))).toEqual([])
    const skipping = make({ authenticator })
    skipping.hear(ping)
    expect(refusal(skipping.hear(request(150)))).toBe('UNEXPECTED_MESSAGE')
    expect(refusal(make().hear({ ...ping, protocolVersion: 2 }))).toBe('PROTOCOL_VERSION')
    expect(refusal(make().hear(request(150)))).toBe('UNEXPECTED_MESSAGE')
  })

  it('offers a snapshot, streams from its offset, and tells the steps', () => {
    const { state, give, hear } = make()
    hear(ping, 1)
    const full = hear(request(50), 2)
    expect(sent(full)).toEqual(['fullResynchronization'])
    expect(full.at(-1)).toEqual({ type: 'persist', begun: null })
    const ready = give({ type: 'snapshotReady', offer }, 3)
    expect(sent(ready)).toEqual(['snapshotReady'])
    expect(steps(ready)).toEqual([5])
    hear(acknowledge(0), 4)
    give({ type: 'transferProgress', bytes: 10 }, 5)
    const stored = hear({ type: 'snapshotStored', snapshotId: 'snapshot' }, 6)
    expect(steps(stored)).toEqual([6])
    expect(stored.at(-1)).toEqual({ type: 'stream', from: 150 })
    give({ type: 'streamed', offset: 200 }, 7)
    expect(steps(hear(acknowledge(200, 0), 8))).toEqual([])
    expect(steps(hear(acknowledge(200, 180), 9))).toEqual([7])
    expect(steps(hear(acknowledge(200), 10))).toEqual([8])
    expect(state.appliedOffset).toBe(200)
  })

  it('has the snapshot looked for that the slave has begun', () => {
    const { hear } = make()
    hear(ping)
    const begun = { snapshotId: 'snapshot', bytes: 7 }
    expect(
      hear({ ...request(50), type: 'synchronizationRequest', replicationId: ID, offset: 50, begun }).at(-1),
    ).toEqual({ type: 'persist', begun })
  })

  it('offers a snapshot that is still being written, and takes none for stored before it is whole', () => {
    const { state, give, hear } = make()
    hear(ping)
    hear(request(50))
    const growing = give({ type: 'snapshotReady', offer: { ...offer, size: 0 } }, 3)
    expect(growing).toMatchObject([{ type: 'send', message: { type: 'snapshotReady', size: 0 } }])
    give({ type: 'transferProgress', bytes: 10 }, 4)
    // A slow disk of the master's own is no fault of the slave's.
    expect(state.deadline).toBeGreaterThan(4)
    const whole = give({ type: 'snapshotWhole', size: 10, origin: 'persisted' }, 5)
    expect(whole).toMatchObject([{ type: 'step', step: { number: 5, startedAt: 0, endedAt: 5 } }])
    expect(steps(hear({ type: 'snapshotStored', snapshotId: 'snapshot' }, 6))).toEqual([6])
    expect(state.phase).toBe('streaming')
  })

  it('refuses a slave that has stored what is not whole, and one whose snapshot fails to be', () => {
    const early = make()
    early.hear(ping)
    early.hear(request(50))
    early.give({ type: 'snapshotReady', offer: { ...offer, size: 0 } })
    expect(early.hear({ type: 'snapshotStored', snapshotId: 'snapshot' }).at(-1)).toMatchObject({
      type: 'close',
      refusal: { code: 'UNEXPECTED_MESSAGE' },
    })
    const failed = make()
    failed.hear(ping)
    failed.hear(request(50))
    failed.give({ type: 'snapshotReady', offer: { ...offer, size: 0 } })
    expect(failed.give({ type: 'snapshotFailed', error: new Error('disk full') }).at(-1)).toMatchObject({
      type: 'close',
      refusal: { code: 'PERSISTING_FAILED' },
    })
  })

  it('refuses a slave that stores what it was not offered', () => {
    const { give, hear } = make()
    hear(ping)
    hear(request(50))
    give({ type: 'snapshotReady', offer })
    expect(refusal(hear({ type: 'snapshotStored', snapshotId: 'other' }))).toBe('UNEXPECTED_MESSAGE')
  })

  it('says that persisting failed', () => {
    const { give, hear } = make()
    hear(ping)
    hear(request(50))
    expect(refusal(give({ type: 'snapshotFailed', error: new Error('no space') }))).toBe('PERSISTING_FAILED')
  })

  it('lives through long waits by heartbeats, and ends when the slave is silent', () => {
    const { state, give, hear } = make()
    hear(ping, 0)
    hear(request(50), 0)
    for (let now = 100; now < 1000; now += 100) {
      expect(state.deadline).toBe(now)
      expect(sent(give({ type: 'tick' }, now))).toEqual(['heartbeat'])
    }
    expect(refusal(give({ type: 'tick' }, 1000))).toBe('SLAVE_SILENT')
    expect(refusal(make().give({ type: 'tick' }, 1000))).toBe('SLAVE_SILENT')
  })

  it('does not keep a snapshot for a slave that never fetches it', () => {
    const { give, hear } = make()
    hear(ping, 0)
    hear(request(50), 0)
    give({ type: 'snapshotReady', offer }, 0)
    hear(acknowledge(0), 900)
    expect(refusal(give({ type: 'tick' }, 1000))).toBe('TRANSFER_STALLED')
  })

  it('needs no heartbeat while the stream flows', () => {
    const { state, give } = streaming()
    give({ type: 'streamed', offset: 160 }, 90)
    expect(state.deadline).toBe(190)
  })

  it('asks for an acknowledgement only behind the bytes it is about', () => {
    const { give, hear } = streaming()
    expect(sent(give({ type: 'acknowledgementWanted', offset: 180 }))).toEqual([])
    expect(sent(give({ type: 'streamed', offset: 179 }))).toEqual([])
    expect(sent(give({ type: 'streamed', offset: 180 }))).toEqual(['acknowledgementRequest'])
    expect(sent(give({ type: 'streamed', offset: 190 }))).toEqual([])
    expect(sent(give({ type: 'acknowledgementWanted', offset: 185 }))).toEqual(['acknowledgementRequest'])
    expect(hear(acknowledge(190))).toContainEqual({ type: 'acknowledged' })
  })

  it('believes no slave that is ahead of what it was sent', () => {
    expect(refusal(streaming(150).hear(acknowledge(151)))).toBe('ACKNOWLEDGEMENT_AHEAD')
    const { state, hear } = streaming(150)
    hear(acknowledge(0))
    expect(state.receivedOffset).toBe(150)
  })

  it('never throws, closes at most once and is quiet afterwards, whatever comes', () => {
    const message = fc.constantFrom(
      ping,
      proof(1),
      proof(2),
      request(150),
      request(50),
      acknowledge(0),
      acknowledge(150),
      { type: 'snapshotStored', snapshotId: 'snapshot' } as const,
      { type: 'snapshotRequest', snapshotId: 'snapshot', token: new Uint8Array(32), from: 0 } as const,
    )
    const input = fc.oneof(
      message.map((heard): MasterLinkInput => ({ type: 'message', message: heard })),
      fc.constantFrom<MasterLinkInput>(
        { type: 'snapshotReady', offer },
        { type: 'snapshotFailed', error: new Error('x') },
        { type: 'transferProgress', bytes: 5 },
        { type: 'acknowledgementWanted', offset: 160 },
        { type: 'streamed', offset: 160 },
        { type: 'tick' },
        { type: 'refuse', code: 'HISTORY_CHANGED', reason: '' },
        { type: 'disconnected', error: null },
      ),
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(input, fc.nat(300)), { maxLength: 30 }),
        fc.constantFrom(null, authenticator),
        (inputs, password) => {
          const { state } = make({ authenticator: password })
          let now = 0
          let isProven = password === null
          let closings = 0
          for (const [next, delay] of inputs) {
            now += delay
            if (next.type === 'message' && next.message.type === 'authenticationProof') {
              isProven ||= next.message.clientProof[0] === 1 && state.phase === 'challenged'
            }
            const actions = state.handle(next, now)
            if (closings > 0) expect(actions).toEqual([])
            closings += actions.filter(({ type }) => type === 'close').length
            expect(state.phase === 'closed').toBe(closings === 1)
            // Nobody gets a pong, a snapshot or a byte of the stream without the password.
            if (!isProven) {
              const types = sent(actions).filter((type) => type !== 'authenticationChallenge')
              expect(types).toEqual([])
              expect(actions.some(({ type }) => type === 'persist' || type === 'stream')).toBe(false)
            }
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
