import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Crc64, readCrc64 } from './crc64.ts'

/** The definition, one bit at a time. */
function slowCrc64(bytes: Uint8Array): string {
  let crc = 0n
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x95ac9329ac4bc9b5n : 0n)
  }
  return crc.toString(16).padStart(16, '0')
}

describe('Crc64', () => {
  it('gives the check value that Redis gives', () => {
    const crc = new Crc64()
    crc.update(Buffer.from('123456789'))
    expect(crc.hex()).toBe('e9c6d914c4b8d9ca')
  })

  it('is 0 of nothing', () => {
    expect(new Crc64().hex()).toBe('0000000000000000')
  })

  it('equals the definition, however the data is split', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.array(fc.nat(100)), (bytes, cuts) => {
        const crc = new Crc64()
        const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        let start = 0
        for (const end of ends) {
          crc.update(bytes, start, end)
          start = end
        }
        expect(crc.hex()).toBe(slowCrc64(bytes))
      }),
    )
  })

  it('reads what it writes', () => {
    const crc = new Crc64()
    crc.update(Buffer.from('123456789'))
    const target = Buffer.alloc(10)
    crc.writeTo(target, 1)
    expect(target.toString('hex')).toBe('00cad9b8c414d9c6e900')
    expect(readCrc64(target, 1)).toBe(crc.hex())
  })
})
