import { expect, test } from 'vitest'
import { BenchmarkOutputError, parseRate } from './set-throughput.ts'

test('parseRate reads the column rps', () => {
  const output = [
    'WARNING: Could not fetch server CONFIG',
    '"test","rps","avg_latency_ms","min_latency_ms"',
    '"SET","416666.69","2.106","0.632"',
    '',
  ].join('\n')
  expect(parseRate(output)).toBe(416_666.69)
})

test.each(['', '"test","rps"\n', '"test","rps"\n"SET","nan"', 'Error from server: NOAUTH'])('refuses %j', (output) => {
  expect(() => parseRate(output)).toThrow(BenchmarkOutputError)
})
