import { ProtocolError } from '../protocol-error.ts'
import type { BegunSnapshot, FormerHistoryField } from './message-types.ts'

/**
 * What the fields of a message may hold. Everything from the wire passes through here once; behind it the
 * messages can be trusted.
 */

/** Longest text for people (`reason`), in characters; what is longer is cut. */
export const MAX_REASON_LENGTH = 1024

/** Characters of a nonce of one side: 24 random bytes in base64 make 32. */
export const MIN_NONCE_LENGTH = 16
export const MAX_NONCE_LENGTH = 128

/** Bytes of a SCRAM salt. */
export const MIN_SALT_LENGTH = 8
export const MAX_SALT_LENGTH = 64

/** Bytes of a SHA-256 digest: SCRAM's proof and signature. */
export const DIGEST_LENGTH = 32

/** Bytes of the digest of a data set. */
export const DATA_SET_DIGEST_LENGTH = 16

/** Bytes of the token that allows a FetchSnapshot. */
export const TOKEN_LENGTH = 32

/** Entries in a list of capabilities, known or not. */
export const MAX_CAPABILITIES = 64

/** Former ids in a message. */
export const MAX_FORMER_HISTORIES = 64

/** Run ids in a message: the longest chain of nodes in which a loop is noticed. */
export const MAX_UPSTREAM_RUN_IDS = 1024

const MAX_HOST_LENGTH = 255
const MAX_PORT = 65535
const MAX_UINT32 = 0xffff_ffff

const HEXADECIMAL_ID = /^[0-9a-f]{40}$/
/** It becomes part of a file name on the slave, so nothing that could lead out of a folder. */
const SNAPSHOT_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/
const REFUSAL_CODE = /^[A-Z][A-Z0-9_]{0,63}$/
/** RFC 5802: printable ASCII without the comma. */
const NONCE = /^[\x21-\x2b\x2d-\x7e]*$/
const HOST = /^[\x21-\x7e]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal or a log.
const CONTROL_CHARACTERS = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g

/** protobufjs's number for a uint64: a Long where the package `long` is installed, else a number. */
export type WireUint64 = number | { readonly high: number; readonly low: number } | null | undefined

/** A count, size or offset, 0 to 2^53-1. */
export function uint64(field: string, value: WireUint64): number {
  const number =
    typeof value === 'object' && value !== null ? (value.high >>> 0) * 2 ** 32 + (value.low >>> 0) : (value ?? 0)
  if (!Number.isSafeInteger(number) || number < 0) throw invalid(field, 'an integer from 0 to 2^53-1', number)
  return number
}

/** A uint32 of at most `maximum`. */
export function uint32(field: string, value: number | null | undefined, maximum = MAX_UINT32): number {
  const number = value ?? 0
  if (!Number.isInteger(number) || number < 0 || number > maximum) {
    throw invalid(field, `an integer from 0 to ${maximum}`, number)
  }
  return number
}

/** A TCP port, or 0. */
export function port(field: string, value: number | null | undefined): number {
  return uint32(field, value, MAX_PORT)
}

/** A replication id or run id: 40 lower-case hexadecimal digits. */
export function hexadecimalId(field: string, value: string | null | undefined): string {
  return matching(field, value, HEXADECIMAL_ID, '40 lower-case hexadecimal digits')
}

/** As {@link hexadecimalId}, or empty. */
export function optionalHexadecimalId(field: string, value: string | null | undefined): string {
  return value ? hexadecimalId(field, value) : ''
}

/** A snapshot id. */
export function snapshotId(field: string, value: string | null | undefined): string {
  return matching(field, value, SNAPSHOT_ID, "1 to 128 letters, digits, '_', '-' and '.' without a leading dot")
}

/** The code of a refusal. */
export function refusalCode(field: string, value: string | null | undefined): string {
  return matching(field, value, REFUSAL_CODE, '1 to 64 upper-case letters, digits and underscores')
}

/** A SCRAM nonce of `sides` sides. */
export function nonce(field: string, value: string | null | undefined, sides: 1 | 2): string {
  const text = value ?? ''
  if (text.length < MIN_NONCE_LENGTH || text.length > MAX_NONCE_LENGTH * sides || !NONCE.test(text)) {
    throw invalid(
      field,
      `${MIN_NONCE_LENGTH} to ${MAX_NONCE_LENGTH * sides} printable characters without a comma`,
      text,
    )
  }
  return text
}

/** A host name or address, or empty. */
export function host(field: string, value: string | null | undefined): string {
  const text = value ?? ''
  if (text.length > MAX_HOST_LENGTH || !HOST.test(text)) {
    throw invalid(field, `at most ${MAX_HOST_LENGTH} printable characters`, text)
  }
  return text
}

/** Text for people: never refused, but cut, and stripped of what could play tricks in a terminal or a log. */
export function reason(value: string | null | undefined): string {
  return (value ?? '').slice(0, MAX_REASON_LENGTH).replace(CONTROL_CHARACTERS, ' ')
}

/** A copy of `minimum` to `maximum` bytes: a copy, so that a short field that is kept does not keep a whole read alive. */
export function bytes(field: string, value: Uint8Array | null | undefined, minimum: number, maximum: number): Buffer {
  const length = value?.length ?? 0
  if (length < minimum || length > maximum) {
    throw invalid(field, minimum === maximum ? `${minimum} bytes` : `${minimum} to ${maximum} bytes`, `${length} bytes`)
  }
  return Buffer.from(value ?? [])
}

/** A data set's digest in hexadecimal digits. */
export function dataSetDigest(field: string, value: Uint8Array | null | undefined): string {
  return bytes(field, value, DATA_SET_DIGEST_LENGTH, DATA_SET_DIGEST_LENGTH).toString('hex')
}

/** A view of bulk data. */
export function data(value: Uint8Array | null | undefined): Buffer {
  if (Buffer.isBuffer(value)) return value
  return value ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.alloc(0)
}

/** At most {@link MAX_CAPABILITIES} of them. */
export function list<T>(field: string, value: readonly T[] | null | undefined): readonly T[] {
  if (value && value.length > MAX_CAPABILITIES) {
    throw invalid(field, `at most ${MAX_CAPABILITIES} entries`, value.length)
  }
  return value ?? []
}

function matching(field: string, value: string | null | undefined, pattern: RegExp, expected: string): string {
  if (!value || !pattern.test(value)) throw invalid(field, expected, value ?? '')
  return value
}

function invalid(field: string, expected: string, value: string | number): ProtocolError {
  const shown = typeof value === 'number' ? value : JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value)
  return new ProtocolError('INVALID_FIELD', `${field}: expected ${expected}, got ${shown}`)
}

/** The former ids of a history; nothing where there are none. */
export function former(
  field: string,
  wire: readonly { replicationId?: string | null; offset?: WireUint64 }[] | null | undefined,
): { former?: readonly FormerHistoryField[] } {
  const entries = wire ?? []
  if (entries.length === 0) return {}
  if (entries.length > MAX_FORMER_HISTORIES) {
    throw invalid(field, `at most ${MAX_FORMER_HISTORIES} entries`, entries.length)
  }
  return {
    former: entries.map(({ replicationId, offset }) => ({
      replicationId: hexadecimalId(`${field}.replication_id`, replicationId),
      offset: uint64(`${field}.offset`, offset),
    })),
  }
}

/** What a slave has of a snapshot; nothing where it has nothing. */
export function begunSnapshot(
  field: string,
  wire: { snapshotId?: string | null; bytes?: WireUint64 } | null | undefined,
): { begun?: BegunSnapshot } {
  if (!wire) return {}
  return {
    begun: {
      snapshotId: snapshotId(`${field}.snapshot_id`, wire.snapshotId),
      bytes: uint64(`${field}.bytes`, wire.bytes),
    },
  }
}

/** The run ids of a chain of nodes; nothing where there are none. */
export function upstreamRunIds(
  field: string,
  wire: readonly string[] | null | undefined,
): { upstreamRunIds?: readonly string[] } {
  const entries = wire ?? []
  if (entries.length === 0) return {}
  if (entries.length > MAX_UPSTREAM_RUN_IDS) {
    throw invalid(field, `at most ${MAX_UPSTREAM_RUN_IDS} entries`, entries.length)
  }
  return { upstreamRunIds: entries.map((runId) => hexadecimalId(field, runId)) }
}
