import { describe, expect, it } from 'vitest'
import { isLauncherReport, isLauncherRequest } from './launcher-messages.ts'

const ENDED = { type: 'ended', id: 1, exitCode: 0, signal: null, errorOutput: '' }

describe('isLauncherRequest', () => {
  it('knows requests', () => {
    expect(isLauncherRequest({ type: 'start', id: 1, program: '/a.js', order: {} })).toBe(true)
    expect(isLauncherRequest({ type: 'kill', id: 1 })).toBe(true)
  })

  it.each([
    null,
    5,
    {},
    { type: 'kill' },
    { type: 'start', id: 1, program: 5, order: {} },
    { type: 'start', id: 1, program: '', order: null },
  ])('takes %j for none', (message) => expect(isLauncherRequest(message)).toBe(false))
})

describe('isLauncherReport', () => {
  it('knows reports', () => {
    for (const report of [
      { type: 'started', id: 1, processId: 5 },
      { type: 'notStarted', id: 1, systemCode: 'EAGAIN', message: 'full' },
      { type: 'message', id: 1, message: null },
      ENDED,
      { ...ENDED, exitCode: null, signal: 'SIGKILL' },
    ]) {
      expect(isLauncherReport(report)).toBe(true)
    }
  })

  it.each([
    null,
    {},
    { type: 'started', id: 1 },
    { type: 'message', id: 1 },
    { ...ENDED, exitCode: '0' },
    { ...ENDED, signal: 9 },
    { type: 'x', id: 1 },
  ])('takes %j for none', (message) => expect(isLauncherReport(message)).toBe(false))
})
