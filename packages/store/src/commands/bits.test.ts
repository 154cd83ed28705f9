import { expect, test } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'

const NOW = 1_800_000_000_000

test('an open snapshot shows a string as it was before its bits were changed', () => {
  const context = new StandaloneContext(NOW)
  context.call('setbit', 'k', 100_000, 1)
  const before = context.records().get('k')!.value
  using snapshot = context.keySpace.openSnapshot()
  for (let bit = 0; bit < 50; bit++) context.call('setbit', 'k', 7 * bit, 1)
  context.call('bitfield', 'k', 'set', 'u63', 4000, '123456789012345')
  const found: string[] = []
  snapshot.visit(10, (bytes, _keyStart, _keyEnd, start, end) => {
    found.push(bytes.toString('latin1', start, end))
  })
  expect(found).toEqual([before])
  expect(context.call('bitcount', 'k')).toBe(51 + (123456789012345).toString(2).replaceAll('0', '').length)
})

test('what is written of bits, and what is told of it', () => {
  const context = new StandaloneContext(NOW)
  const calls: [string, string[], string[]][] = [
    ['setbit k 7 1', ['setbit k 7 1'], ['$ setbit k']],
    ['setbit k 7 1', [], []],
    ['setbit k 70 0', ['setbit k 70 0'], ['$ setbit k']],
    ['bitop not other k', ['bitop not other k'], ['$ set other']],
    ['bitop and other missing', ['bitop and other missing'], ['g del other']],
    ['bitfield k set u8 0 1', [], []],
    ['bitfield k incrby u8 0 1', ['bitfield k incrby u8 0 1'], ['$ setbit k']],
    ['bitfield k get u8 0', [], []],
    // The string has grown, though nothing was set.
    ['bitfield k overflow fail set u1 200 5', ['bitfield k overflow fail set u1 200 5'], []],
  ]
  for (const [call, effects, events] of calls) {
    context.events.length = 0
    context.call(...call.split(' '))
    expect({ call, effects: context.takeEffects(), events: context.events }).toEqual({ call, effects, events })
  }
})

test('a write that changes no bit is none for those who watch the key', () => {
  const context = new StandaloneContext(NOW)
  context.call('set', 'k', '121')
  let changes = 0
  context.keySpace.observer = () => changes++
  context.call('bitfield', 'k', 'incrby', 'u5', 18, 32, 'set', 'u8', 0, 0x31, 'get', 'u8', 0)
  context.call('setbit', 'k', 2, 1)
  expect(changes).toBe(0)
  // What follows a change sees it.
  expect(context.call('bitfield', 'k', 'set', 'u8', 0, 0x32, 'get', 'u8', 0, 'incrby', 'u8', 0, 1)).toEqual([
    0x31n,
    0x32n,
    0x33n,
  ])
  expect(changes).toBeGreaterThan(0)
})
