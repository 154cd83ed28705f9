import { describe, expect, it } from 'vitest'
import { parsePersistingChildReport, persistingFileName, persistingProcessOf } from './persisting-child-report.ts'

describe('parsePersistingChildReport', () => {
  it('reads both reports', () => {
    for (const report of [
      { type: 'complete', size: 5, crc64: '00' },
      { type: 'failed', systemCode: 'ENOSPC', message: 'full' },
      { type: 'failed', systemCode: null, message: 'odd' },
    ]) {
      expect(parsePersistingChildReport(JSON.stringify(report))).toEqual(report)
    }
  })

  it.each(['', '{', 'null', '7', '{"type":"complete"}', '{"type":"complete","size":"5","crc64":"0"}', '{"type":"x"}'])(
    'takes %j for no report',
    (text) => {
      expect(parsePersistingChildReport(text)).toBeNull()
    },
  )
})

describe('the names of unfinished files', () => {
  it('tell the process', () => {
    expect(persistingProcessOf(persistingFileName('/data/dump.rdb', 123))).toBe(123)
    expect(persistingProcessOf('dump.rdb')).toBeNull()
    expect(persistingProcessOf('manifest.json.tmp')).toBeNull()
  })
})
