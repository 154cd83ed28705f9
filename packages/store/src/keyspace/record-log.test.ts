import { describe, expect, it } from 'vitest'
import { Arena, ArenaFullError, SEGMENT_SHIFT, SEGMENT_UNITS, UNIT_BYTES } from './arena.ts'
import { RecordLog } from './record-log.ts'

const SEGMENT_BYTES = SEGMENT_UNITS * UNIT_BYTES
const QUARTER = SEGMENT_UNITS / 4

/** A log of four full segments and an empty head, in an arena of its own. */
function filledLog() {
  const arena = new Arena()
  const log = new RecordLog(arena)
  const addresses = Array.from({ length: 16 }, () => log.append(QUARTER))
  log.append(1)
  return { arena, log, addresses }
}

describe('RecordLog', () => {
  it('appends without gaps, and gives a segment back when its last record dies', () => {
    const { arena, log, addresses } = filledLog()
    expect(addresses.slice(0, 5).map((address) => address >>> SEGMENT_SHIFT)).toEqual([1, 1, 1, 1, 2])
    expect(log.allocatedBytes).toBe(5 * SEGMENT_BYTES)
    for (const address of addresses.slice(4, 8)) log.free(address, QUARTER)
    expect(log.allocatedBytes).toBe(4 * SEGMENT_BYTES)
    expect(log.liveBytes).toBe(3 * SEGMENT_BYTES + UNIT_BYTES)
    expect(log.deadBytes).toBe(0)
    expect(arena.segments[2]).toBeUndefined()
    // The number and the memory are used again.
    const allocated = arena.allocatedBytes
    expect(Array.from({ length: 4 }, () => log.append(QUARTER))[3]! >>> SEGMENT_SHIFT).toBe(2)
    expect(arena.allocatedBytes).toBe(allocated)
  })

  it('keeps what a snapshot sees until the last snapshot that sees it is closed', () => {
    const { arena, log, addresses } = filledLog()
    const first = log.openMark()
    for (const address of addresses.slice(0, 4)) log.free(address, QUARTER)
    const second = log.openMark()
    for (const address of addresses.slice(4, 8)) log.free(address, QUARTER)
    expect(log.allocatedBytes).toBe(5 * SEGMENT_BYTES)
    log.closeMark(first)
    // The second never saw the first segment's records.
    expect([arena.segments[1], arena.segments[2] === undefined]).toEqual([undefined, false])
    log.closeMark(second)
    log.closeMark(second)
    expect(arena.segments[2]).toBeUndefined()
    expect(log.allocatedBytes).toBe(3 * SEGMENT_BYTES)
  })

  it('seals what was there when the newest open snapshot was opened, to the unit', () => {
    const log = new RecordLog(new Arena())
    const a = log.append(2)
    expect(log.isSealed(a)).toBe(false)
    const first = log.openMark()
    const b = log.append(2)
    expect([a, b].map((address) => log.isSealed(address))).toEqual([true, false])
    const second = log.openMark()
    const c = log.append(2)
    expect([a, b, c].map((address) => log.isSealed(address))).toEqual([true, true, false])
    log.closeMark(second)
    expect([a, b, c].map((address) => log.isSealed(address))).toEqual([true, false, false])
    log.openMark()
    log.closeMark(first)
    expect([a, b, c].map((address) => log.isSealed(address))).toEqual([true, true, true])
  })

  it('gives a large record a run of segment numbers of its own, of its own size', () => {
    const arena = new Arena()
    const log = new RecordLog(arena)
    log.append(1)
    const large = log.append(3 * SEGMENT_UNITS + 1)
    expect(arena.buffers[large >>> SEGMENT_SHIFT]!.length).toBe(3 * SEGMENT_BYTES + UNIT_BYTES)
    expect(log.append(1) >>> SEGMENT_SHIFT).toBe(1)
    expect(arena.segments.slice(2, 6).every((segment) => segment === arena.segments[2])).toBe(true)
    log.free(large, 3 * SEGMENT_UNITS + 1)
    expect(arena.allocatedBytes).toBe(SEGMENT_BYTES)
    expect(log.append(SEGMENT_UNITS) >>> SEGMENT_SHIFT).toBe(2)
  })

  it('lets all records die at once, but not under a snapshot', () => {
    const { arena, log } = filledLog()
    const mark = log.openMark()
    log.clear()
    expect([log.liveBytes, log.deadBytes, log.allocatedBytes]).toEqual([0, 0, 5 * SEGMENT_BYTES])
    log.closeMark(mark)
    expect(log.allocatedBytes).toBe(0)
    expect(arena.segments.every((segment) => segment === undefined)).toBe(true)
  })

  it('refuses what no address is left for, and goes on', () => {
    const log = new RecordLog(new Arena())
    expect(() => log.append(2 ** 32)).toThrow(ArenaFullError)
    expect(log.append(1)).toBe(SEGMENT_UNITS)
  })
})
