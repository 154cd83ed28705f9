import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { CommandArguments } from '../commands/command-arguments.ts'
import { CommandStreamError, decodeCommand, encodedLength, encodeInto, MAX_COMMAND_BYTES } from './command-stream.ts'

const proto = fileURLToPath(new URL('../../../../proto/repl/v1/command.proto', import.meta.url))
const Command = protobuf.loadSync(proto).lookupType('repl.v1.Command')

/** Lengths around the places where the encoding changes: the copying loop, one and two byte lengths, three. */
const argument = fc
  .tuple(fc.oneof(fc.nat(40), fc.constantFrom(24, 25, 127, 128, 129, 16383, 16384)), fc.nat(255))
  .map(([length, byte]) => Buffer.alloc(length, byte))
const command = fc.array(argument, { minLength: 1, maxLength: 40 })

function encode(...args: readonly (string | Uint8Array)[]): Buffer {
  const ranges = CommandArguments.of(...args)
  const bytes = Buffer.alloc(encodedLength(ranges))
  expect(encodeInto(ranges, bytes, 0)).toBe(bytes.length)
  return bytes
}

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof CommandStreamError) return error.code
    throw error
  }
  return 'none'
}

describe('command stream', () => {
  it('writes the bytes that protobufjs writes', () => {
    fc.assert(
      fc.property(command, (args) => {
        expect(encode(...args)).toEqual(Buffer.from(Command.encodeDelimited({ args }).finish()))
      }),
      { numRuns: 200 },
    )
  })

  it('encodes arguments that lie in a SharedArrayBuffer', () => {
    const shared = Buffer.from(new SharedArrayBuffer(300))
    shared.fill('x')
    const args = new CommandArguments(shared)
    args.push(1, 4)
    args.push(10, 290)
    const bytes = Buffer.alloc(encodedLength(args))
    encodeInto(args, bytes, 0)
    expect(bytes).toEqual(encode('xxx', 'x'.repeat(280)))
  })

  it('takes a stream of commands apart as it was put together', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 8 }), fc.nat(20), (commands, lead) => {
        const stream = Buffer.concat([Buffer.alloc(lead, 0xff), ...commands.map((args) => encode(...args))])
        const args = new CommandArguments()
        let position = lead
        for (const expected of commands) {
          position = decodeCommand(stream, position, stream.length, args)
          expect(Array.from({ length: args.count }, (_, i) => args.copy(i))).toEqual(expected)
        }
        expect(position).toBe(stream.length)
        expect(decodeCommand(stream, position, stream.length, args)).toBe(-1)
      }),
      { numRuns: 200 },
    )
  })

  it('says incomplete for a command cut at any byte', () => {
    const bytes = Buffer.concat([encode('SET', 'key', Buffer.alloc(200, 1)), encode('DEL', 'key')])
    const args = new CommandArguments()
    const first = decodeCommand(bytes, 0, bytes.length, args)
    for (let end = 0; end < first; end++) expect(decodeCommand(bytes, 0, end, args)).toBe(-1)
    for (let end = first; end < bytes.length; end++) expect(decodeCommand(bytes, first, end, args)).toBe(-1)
  })

  it('passes over fields of later versions', () => {
    // Field 2 as a varint, field 3 as eight bytes, field 4 as a string, field 5 as four bytes.
    const unknown = Buffer.from([0x10, 0xac, 0x02, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 2, 0x41, 0x42, 0x2d, 1, 2, 3, 4])
    const body = Buffer.concat([unknown, Buffer.from([0x0a, 1, 0x50]), unknown, Buffer.from([0x0a, 0])])
    const args = new CommandArguments()
    const bytes = Buffer.concat([Buffer.from([body.length]), body])
    expect(decodeCommand(bytes, 0, bytes.length, args)).toBe(bytes.length)
    expect([args.latin1(0), args.latin1(1), args.count]).toEqual(['P', '', 2])
  })

  it('refuses what can not be a command', () => {
    const refuse = (...bytes: number[]) =>
      codeOf(() => decodeCommand(Buffer.from(bytes), 0, bytes.length, new CommandArguments()))
    expect(refuse(0)).toBe('COMMAND_MALFORMED')
    expect(refuse(2, 0x10, 1)).toBe('COMMAND_MALFORMED') // no argument
    expect(refuse(2, 0x0a, 1)).toBe('COMMAND_MALFORMED') // an argument longer than the command
    expect(refuse(1, 0x0a, 0, 0)).toBe('COMMAND_MALFORMED') // its length lies outside
    expect(refuse(2, 0x0b, 0)).toBe('COMMAND_MALFORMED') // field 1 of another type
    expect(refuse(2, 0x02, 0)).toBe('COMMAND_MALFORMED') // field 0
    expect(refuse(2, 0x17, 0)).toBe('COMMAND_MALFORMED') // wire type 7
    expect(refuse(0x80, 0x80, 0x80, 0x80, 0x80)).toBe('COMMAND_TOO_LONG')
    expect(refuse(0xff, 0xff, 0xff, 0xff, 0x7f)).toBe('COMMAND_TOO_LONG')
    const limit = MAX_COMMAND_BYTES + 1
    const length = [0, 7, 14, 21, 28].map((shift) => Math.floor(limit / 2 ** shift) & 0x7f)
    expect(refuse(...length.map((byte, i) => (i < 4 ? byte | 0x80 : byte)))).toBe('COMMAND_TOO_LONG')
  })

  it('answers any bytes with a command, with incomplete or with its own error, within its bounds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        const bytes = Buffer.from(noise)
        const args = new CommandArguments()
        let next = -1
        const code = codeOf(() => {
          next = decodeCommand(bytes, 0, bytes.length, args)
        })
        if (code !== 'none' || next === -1) return
        expect(next).toBeLessThanOrEqual(bytes.length)
        for (let i = 0; i < args.count; i++) expect(args.ends[i]!).toBeLessThanOrEqual(next)
      }),
      { numRuns: 2000 },
    )
  })
})
