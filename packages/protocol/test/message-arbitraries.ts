import fc from 'fast-check'
import type { Capability } from '../src/messages/capability.ts'
import type { MasterMessage, RefusalMessage, SlaveMessage, SnapshotMessage } from '../src/messages/message-types.ts'

/** Every valid message of every kind, for property tests. */

const offset = fc.maxSafeNat()
const hexadecimalId = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 })
const snapshotId = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/)
const nonce = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'ABCxyz019+/=!~'), minLength: 16, maxLength })
const bytes = (minLength: number, maxLength = minLength) =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array))
const capabilities = fc.subarray<Capability>(['zstd', 'digest', 'queue'])
const formerEntry = fc.record({ replicationId: hexadecimalId, offset })
/** Nothing where there are none, as the codec answers. */
const former = fc
  .array(formerEntry, { maxLength: 16 })
  .map((entries) => (entries.length === 0 ? {} : { former: entries }))
const upstream = fc
  .array(hexadecimalId, { maxLength: 8 })
  .map((ids) => (ids.length === 0 ? {} : { upstreamRunIds: ids }))
const refusal: fc.Arbitrary<RefusalMessage> = fc.record({
  type: fc.constant('refusal'),
  code: fc.stringMatching(/^[A-Z][A-Z0-9_]{0,63}$/),
  reason: fc.string({ unit: fc.constantFrom(...'a "ß€😀.'), maxLength: 100 }),
})

export const slaveMessage: fc.Arbitrary<SlaveMessage> = fc.oneof(
  fc.record({
    type: fc.constant('ping' as const),
    protocolVersion: fc.nat(0xffff_ffff),
    capabilities,
    clientNonce: nonce(128),
    announcedHost: fc.oneof(fc.constant(''), fc.domain(), fc.ipV6()),
    announcedPort: fc.nat(65535),
    runId: hexadecimalId,
  }),
  fc.record({ type: fc.constant('authenticationProof' as const), nonce: nonce(256), clientProof: bytes(32) }),
  fc
    .tuple(
      fc.record({
        type: fc.constant('synchronizationRequest' as const),
        replicationId: fc.oneof(fc.constant(''), hexadecimalId),
        offset,
      }),
      former,
      fc.constantFrom({}, { takeOver: true }, { takeOver: true, acceptsLoss: true }),
    )
    .map(([message, ids, takeOver]) => ({ ...message, ...ids, ...takeOver })),
  fc.record({ type: fc.constant('snapshotStored' as const), snapshotId }),
  fc.record({ type: fc.constant('snapshotDamaged' as const), snapshotId }),
  fc.record({
    type: fc.constant('acknowledgement' as const),
    receivedOffset: offset,
    appliedOffset: offset,
    durableOffset: offset,
  }),
  fc.record({ type: fc.constant('snapshotRequest' as const), snapshotId, token: bytes(32), from: offset }),
)

export const masterMessage: fc.Arbitrary<MasterMessage> = fc.oneof(
  fc.record({
    type: fc.constant('authenticationChallenge' as const),
    nonce: nonce(256),
    salt: bytes(8, 64),
    iterations: fc.nat(0xffff_ffff),
  }),
  fc
    .tuple(
      fc.record({
        type: fc.constant('pong' as const),
        protocolVersion: fc.nat(0xffff_ffff),
        capabilities,
        serverSignature: fc.oneof(bytes(0), bytes(32)),
        runId: hexadecimalId,
      }),
      upstream,
    )
    .map(([message, ids]) => ({ ...message, ...ids })),
  refusal,
  fc
    .tuple(
      fc.record({ type: fc.constant('partialResynchronization' as const), replicationId: hexadecimalId, offset }),
      former,
    )
    .map(([message, ids]) => ({ ...message, ...ids })),
  fc.record({
    type: fc.constant('fullResynchronization' as const),
    replicationId: hexadecimalId,
    reason: fc.string({ unit: fc.constantFrom(...'a "ß€😀.'), maxLength: 100 }),
  }),
  fc
    .tuple(
      fc.record({
        type: fc.constant('snapshotReady' as const),
        snapshotId,
        replicationId: hexadecimalId,
        offset,
        size: offset,
        token: bytes(32),
      }),
      former,
      fc.constantFrom({}, { origin: 'the snapshot of 3 s ago serves' }),
    )
    .map(([message, ids, origin]) => ({ ...message, ...ids, ...origin })),
  fc.record({
    type: fc.constant('digestCheckpoint' as const),
    offset,
    digest: bytes(16).map((digest) => digest.toString('hex')),
  }),
  fc.record({ type: fc.constant('queuePlace' as const), place: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }),
  fc.record({
    type: fc.constant('streamChunk' as const),
    offset: fc.maxSafeNat().map((number) => Math.max(0, number - 1000)),
    data: bytes(0, 400),
  }),
  fc
    .tuple(fc.record({ type: fc.constant('heartbeat' as const), offset }), upstream)
    .map(([message, ids]) => ({ ...message, ...ids })),
  fc.record({ type: fc.constant('acknowledgementRequest' as const) }),
)

export const snapshotMessage: fc.Arbitrary<SnapshotMessage> = fc.oneof(
  fc.record({ type: fc.constant('data' as const), data: bytes(0, 400) }),
  fc.record({ type: fc.constant('end' as const), size: offset }),
  refusal,
)
