import { describe, expect, it } from 'vitest'
import { Arena } from './arena.ts'
import { KeySpace } from './key-space.ts'
import { RecordTooLargeError } from './record-layout.ts'

function set(keySpace: KeySpace, key: string, value: string | Buffer, expiresAt = 0): number {
  const bytes = Buffer.from(key)
  const valueBytes = Buffer.from(value)
  return keySpace.set(bytes, 0, bytes.length, valueBytes, 0, valueBytes.length, expiresAt)
}

function get(keySpace: KeySpace, key: string): string | undefined {
  const address = keySpace.find(Buffer.from(key), 0, key.length)
  return address === 0 ? undefined : keySpace.readValue(address).toString()
}

describe('KeySpace', () => {
  it('tells everything about a record by its address', () => {
    const keySpace = new KeySpace()
    const address = set(keySpace, 'key', 'value', 1234)
    expect(keySpace.find(Buffer.from('a key.'), 2, 5)).toBe(address)
    expect(keySpace.expiresAt(address)).toBe(1234)
    expect(keySpace.typeOf(address)).toBe(0)
    const bytes = keySpace.bytesAt(address)
    const start = keySpace.keyStart(address)
    expect(bytes.toString('latin1', start, start + keySpace.keyLength(address))).toBe('key')
    const valueStart = keySpace.valueStart(address)
    expect(bytes.toString('latin1', valueStart, valueStart + keySpace.valueLength(address))).toBe('value')
    expect(keySpace.readKey(address).toString()).toBe('key')
  })

  it('writes in place what takes the same space, unless a snapshot sees it', () => {
    const keySpace = new KeySpace()
    const address = set(keySpace, 'count', '9')
    expect(set(keySpace, 'count', '10')).toBe(address)
    const snapshot = keySpace.openSnapshot()
    const moved = set(keySpace, 'count', '11')
    expect(moved).not.toBe(address)
    expect(set(keySpace, 'count', '12')).toBe(moved)
    const seen: string[] = []
    snapshot.visit(10, (bytes, _keyStart, _keyEnd, start, end) => seen.push(bytes.toString('latin1', start, end)))
    expect(seen).toEqual(['10'])
    snapshot.close()
    expect(snapshot.visit(10, () => seen.push('nothing is visited after close'))).toBe(false)
    expect(seen.length).toBe(1)
    expect(set(keySpace, 'count', '13')).toBe(moved)
  })

  it('copies a part of a value onto that value', () => {
    const keySpace = new KeySpace()
    const address = set(keySpace, 'key', '0123456')
    const start = keySpace.valueStart(address)
    keySpace.set(Buffer.from('key'), 0, 3, keySpace.bytesAt(address), start + 2, start + 7, 0)
    expect(get(keySpace, 'key')).toBe('23456')
  })

  it('changes the expiry of a large value without copying it', () => {
    const keySpace = new KeySpace()
    const address = set(keySpace, 'large', Buffer.alloc(100_000))
    expect(keySpace.setExpiry(address, 5000)).toBe(address)
    expect([keySpace.expiresAt(address), keySpace.volatileSize]).toEqual([5000, 1])
    expect(keySpace.setExpiry(address, 0)).toBe(address)
    expect([keySpace.expiresAt(address), keySpace.volatileSize]).toEqual([0, 0])
  })

  it('sweeps what expired before now, a slice at a time, and skips the rest', () => {
    const keySpace = new KeySpace()
    for (let i = 0; i < 2000; i++) set(keySpace, `key-${i}`, 'x', i % 4 === 0 ? 0 : 1000 + (i % 4))
    const remove = (address: number) => {
      const start = keySpace.keyStart(address)
      keySpace.delete(keySpace.bytesAt(address), start, start + keySpace.keyLength(address))
    }
    let slices = 1
    while (keySpace.sweepExpired(1002, 0, remove)) slices++
    expect(slices).toBeGreaterThan(3)
    expect([keySpace.size, keySpace.volatileSize]).toEqual([1500, 1000])
    while (keySpace.sweepExpired(1004, 1, remove));
    expect([keySpace.size, keySpace.volatileSize]).toEqual([500, 0])
    expect(keySpace.sweepExpired(9999, 1, remove)).toBe(false)
  })

  it('gets memory back by compaction, but moves nothing that a snapshot sees', () => {
    const keySpace = new KeySpace()
    for (let i = 0; i < 10_000; i++) set(keySpace, `key-${i}`, Buffer.alloc(1000, i))
    const before = keySpace.allocatedMemory
    for (let i = 0; i < 10_000; i++) if (i % 10 !== 0) keySpace.delete(Buffer.from(`key-${i}`), 0, `key-${i}`.length)
    const snapshot = keySpace.openSnapshot()
    expect(keySpace.compact(1000)).toBe(false)
    expect(keySpace.allocatedMemory).toBeGreaterThan(before * 0.9)
    snapshot.close()
    let slices = 1
    while (keySpace.compact(0)) slices++
    expect(slices).toBeGreaterThan(3)
    expect(keySpace.allocatedMemory).toBeLessThan(before * 0.3)
    for (let i = 0; i < 10_000; i += 10) expect(get(keySpace, `key-${i}`)).toBe(Buffer.alloc(1000, i).toString())
  })

  it('shares an arena with others, and clears only its own', () => {
    const arena = new Arena()
    const [one, other] = [new KeySpace({ arena }), new KeySpace({ arena })]
    set(one, 'key', 'one')
    const address = set(other, 'key', 'other')
    // As MOVE and COPY to another database do.
    const start = other.valueStart(address)
    one.set(Buffer.from('moved'), 0, 5, other.bytesAt(address), start, start + other.valueLength(address), 0)
    other.clear()
    expect([get(one, 'key'), get(one, 'moved'), get(other, 'key')]).toEqual(['one', 'other', undefined])
  })

  it('refuses a record that is too large, and keeps what was there', () => {
    const keySpace = new KeySpace()
    set(keySpace, 'key', 'value')
    const key = Buffer.from('key')
    // The range is never read.
    expect(() => keySpace.set(key, 0, 3, key, 0, 0x7fff_0000, 0)).toThrow(RecordTooLargeError)
    expect(get(keySpace, 'key')).toBe('value')
  })
})
