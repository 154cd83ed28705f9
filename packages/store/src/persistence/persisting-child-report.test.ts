import { describe, expect, it } from 'vitest'
import {
  isPersistingChildReport,
  isPersistingOrder,
  persistingFileName,
  persistingProcessOf,
} from './persisting-child-report.ts'

describe('isPersistingChildReport', () => {
  it('knows both reports', () => {
    for (const report of [
      { type: 'complete', size: 5, crc64: '00' },
      { type: 'failed', systemCode: 'ENOSPC', message: 'full' },
      { type: 'failed', systemCode: null, message: 'odd' },
    ]) {
      expect(isPersistingChildReport(report)).toBe(true)
    }
  })

  it.each([
    null,
    7,
    {},
    { type: 'complete' },
    { type: 'complete', size: '5', crc64: '0' },
    { type: 'failed', systemCode: 5, message: '' },
    { type: 'x' },
  ])('takes %j for no report', (message) => {
    expect(isPersistingChildReport(message)).toBe(false)
  })
})

describe('isPersistingOrder', () => {
  it('wants a path', () => {
    expect(isPersistingOrder({ path: '/data/dump.rdb' })).toBe(true)
    expect([null, {}, { path: 5 }].some(isPersistingOrder)).toBe(false)
  })
})

describe('the names of unfinished files', () => {
  it('tell the process', () => {
    expect(persistingProcessOf(persistingFileName('/data/dump.rdb', 123))).toBe(123)
    expect(persistingProcessOf('dump.rdb')).toBeNull()
    expect(persistingProcessOf('manifest.json.tmp')).toBeNull()
  })
})
