/** How Redis wrote compact collections before 7.0, for tests: ziplist.c and zipmap.c, and the RDB string around them. */

const INTEGER = /^(0|-?[1-9]\d{0,18})$/
const MAX_INT64 = 2n ** 63n - 1n

/** A length as RDB has it. */
export function rdbLength(length: number): Buffer {
  if (length < 64) return Buffer.of(length)
  if (length < 16_384) return Buffer.of(0x40 | (length >> 8), length & 0xff)
  const bytes = Buffer.alloc(5, 0x80)
  bytes.writeUInt32BE(length, 1)
  return bytes
}

/** A string as RDB has it. */
export function rdbString(bytes: Buffer): Buffer {
  return Buffer.concat([rdbLength(bytes.length), bytes])
}

/** A ziplist of these entries; integers in the shortest form. */
export function ziplist(entries: readonly string[]): Buffer {
  const encoded: Buffer[] = []
  let previous = 0
  let last = 10
  let total = 10
  for (const entry of entries) {
    const bytes = Buffer.concat([previousLength(previous), ziplistEntry(entry)])
    encoded.push(bytes)
    previous = bytes.length
    last = total
    total += bytes.length
  }
  const header = Buffer.alloc(10)
  header.writeUInt32LE(total + 1, 0)
  header.writeUInt32LE(last, 4)
  header.writeUInt16LE(entries.length, 8)
  return Buffer.concat([header, ...encoded, Buffer.of(0xff)])
}

/** A zipmap of field, value, field, value. */
export function zipmap(entries: readonly string[]): Buffer {
  const parts: Buffer[] = [Buffer.of(Math.min(entries.length / 2, 254))]
  for (const [i, entry] of entries.entries()) {
    const bytes = Buffer.from(entry, 'latin1')
    const isValue = i % 2 === 1
    // Some free bytes behind a value, as an update in place leaves them.
    const free = isValue ? i % 3 : 0
    parts.push(zipmapLength(bytes.length), ...(isValue ? [Buffer.of(free)] : []), bytes, Buffer.alloc(free))
  }
  parts.push(Buffer.of(0xff))
  return Buffer.concat(parts)
}

function zipmapLength(length: number): Buffer {
  if (length < 254) return Buffer.of(length)
  const bytes = Buffer.alloc(5, 254)
  bytes.writeUInt32LE(length, 1)
  return bytes
}

function previousLength(length: number): Buffer {
  if (length < 254) return Buffer.of(length)
  const bytes = Buffer.alloc(5, 254)
  bytes.writeUInt32LE(length, 1)
  return bytes
}

function ziplistEntry(text: string): Buffer {
  if (INTEGER.test(text) && BigInt(text) <= MAX_INT64 && BigInt(text) >= -MAX_INT64 - 1n) return ziplistInteger(text)
  const bytes = Buffer.from(text, 'latin1')
  const { length } = bytes
  if (length < 64) return Buffer.concat([Buffer.of(length), bytes])
  if (length < 16_384) return Buffer.concat([Buffer.of(0x40 | (length >> 8), length & 0xff), bytes])
  const head = Buffer.alloc(5, 0x80)
  head.writeUInt32BE(length, 1)
  return Buffer.concat([head, bytes])
}

function ziplistInteger(text: string): Buffer {
  const value = Number(text)
  if (value >= 0 && value <= 12) return Buffer.of(0xf1 + value)
  for (const [encoding, width] of [
    [0xfe, 1],
    [0xc0, 2],
    [0xf0, 3],
    [0xd0, 4],
  ] as const) {
    // biome-ignore format: a table
    if (value < -(2 ** (8 * width - 1)) || value >= 2 ** (8 * width - 1)) continue
    const bytes = Buffer.alloc(1 + width, encoding)
    bytes.writeIntLE(value, 1, width)
    return bytes
  }
  const bytes = Buffer.alloc(9, 0xe0)
  bytes.writeBigInt64LE(BigInt(text), 1)
  return bytes
}
