import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  appendEntry,
  deleteEntries,
  entryAt,
  entryBytesFor,
  findEntry,
  firstEntry,
  insertEntry,
  isListpack,
  isListpackEnd,
  LISTPACK_ENTRY_OVERHEAD,
  ListpackCursor,
  listpackBytes,
  listpackCount,
  nextEntry,
  previousEntry,
  replaceEntry,
  writeEmptyListpack,
} from './listpack.ts'

/** Where the block begins in its buffer, so that nothing relies on 0. */
const START = 3

function build(...values: readonly (string | Buffer)[]): Buffer {
  const parts = values.map((value) => Buffer.from(value))
  const bytes = Buffer.alloc(
    parts.reduce((sum, part) => sum + part.length + LISTPACK_ENTRY_OVERHEAD, START + 7),
    0xaa,
  )
  writeEmptyListpack(bytes, START)
  for (const part of parts) appendEntry(bytes, START, part, 0, part.length)
  return bytes
}

function block(...values: readonly (string | Buffer)[]): Buffer {
  const bytes = build(...values)
  return bytes.subarray(START, START + listpackBytes(bytes, START))
}

function read(bytes: Buffer, start: number): string[] {
  const values: string[] = []
  const cursor = new ListpackCursor().open(bytes, start)
  while (cursor.next()) values.push(cursor.bytes.toString('latin1', cursor.start, cursor.end))
  return values
}

describe('the bytes', () => {
  // The encodings as listpack.c writes them.
  it.each([
    ['0', '0001'],
    ['127', '7f01'],
    ['128', 'c08002'],
    ['-1', 'dfff02'],
    ['4095', 'cfff02'],
    ['-4096', 'd00002'],
    ['4096', 'f1001003'],
    ['-32768', 'f1008003'],
    ['32768', 'f200800004'],
    ['-8388608', 'f200008004'],
    ['8388608', 'f30000800005'],
    ['-2147483648', 'f30000008005'],
    ['2147483648', 'f4000000800000000009'],
    ['9223372036854775807', 'f4ffffffffffffff7f09'],
    ['-9223372036854775808', 'f4000000000000008009'],
    ['', '8001'],
    ['a', '816102'],
    ['01', '82303103'],
    ['-0', '822d3003'],
    ['9223372036854775808', `93${Buffer.from('9223372036854775808').toString('hex')}14`],
    ['x'.repeat(63), `bf${'78'.repeat(63)}40`],
    ['x'.repeat(64), `e040${'78'.repeat(64)}42`],
    ['x'.repeat(125), `e07d${'78'.repeat(125)}7f`],
    ['x'.repeat(126), `e07e${'78'.repeat(126)}0180`],
    ['x'.repeat(4095), `efff${'78'.repeat(4095)}2081`],
    ['x'.repeat(4096), `f000100000${'78'.repeat(4096)}2085`],
    ['x'.repeat(16377), `f0f93f0000${'78'.repeat(16377)}7ffe`],
    ['x'.repeat(16378), `f0fa3f0000${'78'.repeat(16378)}00ffff`],
  ])('of %s', (value, entry) => {
    const bytes = block(value)
    expect(bytes.subarray(6, -1).toString('hex')).toBe(entry)
    expect(bytes.readUInt32LE(0)).toBe(bytes.length)
    expect(bytes.readUInt16LE(4)).toBe(1)
    expect(bytes.at(-1)).toBe(0xff)
    expect(entryBytesFor(Buffer.from(value), 0, value.length)).toBe(entry.length / 2)
  })
})

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 5 }) },
  { weight: 2, arbitrary: fc.integer().map(String) },
  { weight: 2, arbitrary: fc.integer({ min: -70000, max: 70000 }).map(String) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String) },
  fc.constantFrom(50, 63, 64, 126, 127, 128, 4095, 4096, 17000).map((length) => 'y'.repeat(length)),
)
const edit = fc.record({ kind: fc.constantFrom('append', 'insert', 'replace', 'delete'), place: fc.nat(1000), text })

describe('editing', () => {
  it('is what it is in an array', () => {
    const property = fc.property(fc.array(edit, { maxLength: 60 }), (edits) => {
      const model: string[] = []
      const bytes = Buffer.alloc(60 * 17100)
      writeEmptyListpack(bytes, START)
      for (const { kind, place, text } of edits) {
        const value = Buffer.from(`.${text}.`)
        const [from, to] = [1, value.length - 1]
        const string = value.toString('latin1', from, to)
        const index = place % (model.length + 1)
        const at = index === model.length ? START + listpackBytes(bytes, START) - 1 : entryAt(bytes, START, index)
        let end = 0
        if (kind === 'append') {
          end = appendEntry(bytes, START, value, from, to)
          model.push(string)
        } else if (kind === 'insert') {
          end = insertEntry(bytes, START, at, value, from, to)
          model.splice(index, 0, string)
        } else if (index < model.length && kind === 'replace') {
          end = replaceEntry(bytes, START, at, value, from, to)
          model[index] = string
        } else {
          const count = Math.min(model.length - index, 1 + (place % 3))
          end = deleteEntries(bytes, START, at, count)
          model.splice(index, count)
        }
        expect(end).toBe(START + listpackBytes(bytes, START))
        expect(isListpack(bytes, START, end)).toBe(true)
        expect(listpackCount(bytes, START)).toBe(model.length)
        expect(read(bytes, START)).toEqual(model)
        model.forEach((_, i) => {
          expect(entryAt(bytes, START, i - model.length)).toBe(entryAt(bytes, START, i))
        })
        expect(entryAt(bytes, START, model.length)).toBe(-1)
        expect(entryAt(bytes, START, -model.length - 1)).toBe(-1)
        const found = findEntry(bytes, firstEntry(START), value, from, to)
        expect(found).toBe(model.includes(string) ? entryAt(bytes, START, model.indexOf(string)) : -1)
      }
      // The same entries make the same bytes, whatever the way was.
      const end = START + listpackBytes(bytes, START)
      expect(bytes.subarray(START, end).equals(block(...model.map((value) => Buffer.from(value, 'latin1'))))).toBe(true)
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('counts more entries than the header can', () => {
    const bytes = Buffer.alloc(70_000 * 3 + 100)
    writeEmptyListpack(bytes, START)
    const value = Buffer.from('1')
    for (let i = 0; i < 65_536; i++) appendEntry(bytes, START, value, 0, 1)
    expect(listpackCount(bytes, START)).toBe(65_536)
    expect(bytes.readUInt16LE(START + 4)).toBe(65_535)
    deleteEntries(bytes, START, firstEntry(START), 10)
    expect(listpackCount(bytes, START)).toBe(65_526)
    expect(isListpack(bytes, START, START + listpackBytes(bytes, START))).toBe(true)
  })

  it('finds every second entry only, where it is told so', () => {
    const bytes = build('f', 'v', 'v', 'f')
    const find = (value: string) => findEntry(bytes, firstEntry(START), Buffer.from(value), 0, value.length, 2)
    expect(find('f')).toBe(entryAt(bytes, START, 0))
    expect(find('v')).toBe(entryAt(bytes, START, 2))
    expect(find('w')).toBe(-1)
  })

  it('goes back as it went forth', () => {
    const bytes = build('a', '300', 'x'.repeat(200), '', '-5')
    let at = firstEntry(START)
    const places: number[] = []
    for (; !isListpackEnd(bytes, at); at = nextEntry(bytes, at)) places.push(at)
    for (const place of places.toReversed()) {
      at = previousEntry(bytes, START, at)
      expect(at).toBe(place)
    }
    expect(previousEntry(bytes, START, at)).toBe(-1)
  })
})

describe('what comes from outside', () => {
  it('is refused where it is damaged, and never read beyond its end', () => {
    const property = fc.property(fc.array(text, { maxLength: 8 }), fc.nat(), fc.nat(255), (values, at, byte) => {
      const bytes = block(...values)
      bytes[at % bytes.length] = byte
      if (!isListpack(bytes, 0, bytes.length)) return
      // Whatever was accepted can be walked in both directions within its bounds.
      expect(read(bytes, 0).length).toBe(listpackCount(bytes, 0))
    })
    fc.assert(property, { numRuns: 1000 })
    expect(isListpack(block('a'), 0, 5)).toBe(false)
    expect(isListpack(Buffer.alloc(0), 0, 0)).toBe(false)
  })
})
