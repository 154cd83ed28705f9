import { describe, expect, test } from 'vitest'
import { judge, renderReport, summarizeResults } from './report.ts'

describe('judge', () => {
  test.each([
    ['less', 0.5, 0.5, 'reaches the aim'],
    ['less', 0.5, 0.51, 'wins, misses the aim'],
    ['less', 0.5, 1, 'wins, misses the aim'],
    ['less', 0.5, 1.01, 'LOSES'],
    ['less', null, 0.9, 'wins'],
    ['less', null, 6, 'LOSES'],
    ['more', 1, 1, 'reaches the aim'],
    ['more', 1, 0.99, 'LOSES'],
    ['more', 2, 1.5, 'wins, misses the aim'],
    ['more', 1, null, 'no peer'],
  ] as const)('%s is better, aim %s, ratio %s: %s', (better, aim, ratio, verdict) => {
    expect(judge({ better, aim }, ratio)).toBe(verdict)
  })
})

const repl = [
  { fullSynchronization: 0.8, setSingly: 50_000 },
  { fullSynchronization: 1, setSingly: 60_000 },
]
const redis = [
  { fullSynchronization: 2, setSingly: 100_000 },
  { fullSynchronization: 1.6, setSingly: 100_000 },
]

describe('summarizeResults', () => {
  test('takes the ratio of the medians, and leaves out what was not measured', () => {
    const rows = summarizeResults({ repl, redis })
    expect(rows.map(({ name, ratio, verdict }) => ({ name, ratio, verdict }))).toEqual([
      { name: 'fullSynchronization', ratio: 0.5, verdict: 'reaches the aim' },
      { name: 'setSingly', ratio: 0.55, verdict: 'LOSES' },
    ])
  })

  test('has no ratio without a peer', () => {
    const rows = summarizeResults({ repl, redis: null })
    expect(rows.map(({ redis, ratio, verdict }) => ({ redis, ratio, verdict }))).toEqual([
      { redis: null, ratio: null, verdict: 'no peer' },
      { redis: null, ratio: null, verdict: 'no peer' },
    ])
  })
})

describe('renderReport', () => {
  test('says where it loses', () => {
    expect(renderReport(summarizeResults({ repl, redis }))).toBe(
      [
        '                                               repl-server                      redis-server                        ratio  aim',
        'full synchronisation, SLAVEOF to reads served  0.90 s (0.80 s to 1.00 s)        1.80 s (1.60 s to 2.00 s)           0.50   <= 0.50  reaches the aim',
        'SET, pipeline 1, no journal                    55,000/s (50,000/s to 60,000/s)  100,000/s (100,000/s to 100,000/s)  0.55   >= 1.00  LOSES',
        '',
        'Medians (least to most); the ratio is repl-server over redis-server.',
        'repl-server LOSES at:',
        '  SET, pipeline 1, no journal (ratio 0.55)',
      ].join('\n'),
    )
  })

  test('says so when it loses nowhere, and when there is no peer', () => {
    const winning = summarizeResults({ repl: [{ setSingly: 2 }], redis: [{ setSingly: 1 }] })
    expect(renderReport(winning)).toContain('loses nowhere')
    expect(renderReport(summarizeResults({ repl, redis: null }))).toContain('redis-server is not installed')
  })
})
