import { formatCount } from '@repl/harness'
import { describe, expect, test } from 'vitest'
import { type Output, renderBar, renderStep, Screen } from './screen.ts'

function record(isTTY: boolean) {
  let text = ''
  const output: Output = { isTTY, write: (written) => (text += written) }
  return { screen: new Screen(output), text: () => text }
}

const step = { number: 6, name: 'send the file', bytes: 15_170_479, milliseconds: 453, detail: 'checksum right' }

describe('renderStep', () => {
  test('shows bytes and time', () => {
    expect(renderStep(step)).toBe('[6/8] send the file               15.2 MB   453 ms  checksum right')
  })

  test('leaves out bytes where there are none', () => {
    expect(renderStep({ ...step, bytes: 0, milliseconds: 0 })).toBe(
      '[6/8] send the file                         < 1 ms  checksum right',
    )
    expect(renderStep({ ...step, milliseconds: 3 })).toContain(' 3 ms')
  })
})

test('renderBar fills with what is done and never overflows', () => {
  expect(renderBar('a', 500, 1000, formatCount)).toContain(`${'█'.repeat(15)}${'░'.repeat(15)}  50 %  500 of 1,000`)
  expect(renderBar('a', 2000, 1000, formatCount)).toContain(`${'█'.repeat(30)} 100 %`)
})

describe('Screen', () => {
  test('writes plain lines and no bar where there is no terminal', () => {
    const { screen, text } = record(false)
    screen.bar('loading', 1, 2)
    screen.step(step)
    screen.passed('equal')
    expect(text()).toBe(`${renderStep(step)}\n  ok  equal\n`)
  })

  test('a line takes the place of the bar on a terminal', () => {
    const { screen, text } = record(true)
    screen.bar('loading', 1, 2)
    screen.line('loaded')
    screen.line('next')
    expect(text().endsWith('\r\u001B[2Kloaded\nnext\n')).toBe(true)
  })
})
