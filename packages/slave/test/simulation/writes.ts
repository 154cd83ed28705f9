/**
 * The stream of a simulation is a row of writes, each a number that never occurs twice and one byte long on the wire.
 * So two copies are equal exactly when they hold the same numbers; there is no equality by chance.
 */
export type Writes = readonly number[]

const carried = new WeakMap<Buffer, Writes>()

/** The bytes that carry writes through the state machines. */
export function toBytes(writes: Writes): Buffer {
  const bytes = Buffer.alloc(writes.length)
  carried.set(bytes, writes)
  return bytes
}

/** The writes that bytes carry. */
export function fromBytes(bytes: Buffer): Writes {
  const writes = carried.get(bytes)
  if (writes === undefined) throw new Error('these bytes are not of this simulation')
  return writes
}

/** Whether `writes` is how `log` begins. */
export function isPrefixOf(writes: Writes, log: Writes): boolean {
  return writes.length <= log.length && writes.every((write, i) => write === log[i])
}

/** A replication id with a number in it. */
export function idOf(number: number): string {
  return number.toString(16).padStart(40, '0')
}
