import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandArguments } from '../commands/command-arguments.ts'
import { encodedLength, encodeInto } from '../journal/command-stream.ts'
import { StreamAssembler } from './stream-assembler.ts'

function encode(...values: string[]): Buffer {
  const args = CommandArguments.of(...values)
  const bytes = Buffer.alloc(encodedLength(args))
  encodeInto(args, bytes, 0)
  return bytes
}

describe('stream assembler', () => {
  it('gives back the same bytes, cut at the ends of commands, whatever the pieces', () => {
    const command = fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 20 }), fc.array(fc.nat(400)), (commands, cuts) => {
        const encoded = commands.map((parts) => encode(...parts))
        const ends = new Set<number>()
        let end = 0
        for (const bytes of encoded) {
          end += bytes.length
          ends.add(end)
        }
        const stream = Buffer.concat(encoded)
        const assembler = new StreamAssembler()
        const whole: Buffer[] = []
        let given = 0
        let position = 0
        for (const cut of [...cuts, stream.length]) {
          const piece = stream.subarray(position, position + cut)
          position += piece.length
          if (piece.length === 0) continue
          const bytes = assembler.add(piece)
          if (bytes === null) continue
          whole.push(Buffer.from(bytes))
          given += bytes.length
          expect(ends.has(given)).toBe(true)
        }
        expect(Buffer.concat(whole).equals(stream)).toBe(true)
        expect(assembler.keptBytes).toBe(0)
      }),
    )
  })

  it('takes a long command byte by byte and forgets it on request', () => {
    const bytes = encode('SET', 'key', 'v'.repeat(1000))
    const assembler = new StreamAssembler()
    for (const byte of bytes.subarray(0, -1)) expect(assembler.add(Buffer.of(byte))).toBeNull()
    assembler.discard()
    expect(assembler.add(bytes)?.equals(bytes)).toBe(true)
  })

  it('refuses a length beyond the limit', () => {
    expect(() => new StreamAssembler().add(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f]))).toThrow(
      expect.objectContaining({ code: 'STREAM_DAMAGED' }),
    )
  })
})
