import { repl } from '../generated/messages.js'
import { list } from './field-bounds.ts'

/**
 * Something a side is able to do; used only where both sides have said so. `zstd`: frames may be compressed. `digest`
 * and `queue`: a slave understands digestCheckpoint and queuePlace.
 */
export type Capability = 'zstd' | 'digest' | 'queue'

/** The protocol version that this package speaks. */
export const PROTOCOL_VERSION = 1

const numbers: Readonly<Record<Capability, number>> = {
  zstd: repl.v1.Capability.CAPABILITY_ZSTD,
  digest: repl.v1.Capability.CAPABILITY_DIGEST,
  queue: repl.v1.Capability.CAPABILITY_QUEUE,
}

const known: readonly Capability[] = ['zstd', 'digest', 'queue']

/** The numbers of the wire. */
export function capabilitiesToWire(capabilities: readonly Capability[]): number[] {
  return capabilities.map((capability) => numbers[capability])
}

/** Those that this side knows, each once. A peer of a later version may name others. */
export function capabilitiesFromWire(field: string, wire: readonly number[] | null | undefined): Capability[] {
  const present = list(field, wire)
  return known.filter((capability) => present.includes(numbers[capability]))
}
