import { describe, expect, test } from 'vitest'
import { type Step, stepOf } from '../generating/step.ts'
import { leaveOut, shrink } from './shrink.ts'

const NEVER = Number.POSITIVE_INFINITY

describe('leaveOut', () => {
  test.each([[[3]], [[0, 99]], [[17, 18, 60]], [[]]])('finds %j among a hundred', async (needed) => {
    const all = Array.from({ length: 100 }, (_, i) => i)
    expect(await leaveOut(all, async (fewer) => needed.every((each) => fewer.includes(each)))).toEqual(needed)
  })
})

describe('shrink', () => {
  const noise: Step[] = Array.from({ length: 40 }, (_, i) => stepOf('get', `k${i}`))
  const transaction: Step = { commands: [['multi'], ['set', 'a', '1'], ['incr', 'b'], ['exec']] }
  const steps = [...noise, transaction, ...noise]
  const text = (some: readonly Step[]) => some.flatMap((step) => step.commands.map((words) => words.join(' ')))

  test('leaves out steps, commands within a step, and words', async () => {
    const still = async (some: readonly Step[]) => text(some).some((command) => /^set a/.test(command))
    expect(text(await shrink(steps, still, NEVER))).toEqual(['set a'])
  })

  test('keeps a pause where it belongs', async () => {
    const paused: Step = { commands: [['ping'], ['set', 'a', '1'], ['exists', 'a']], pauseBefore: 2 }
    const still = async (some: readonly Step[]) =>
      some.some(({ commands, pauseBefore }) => pauseBefore !== undefined && commands[pauseBefore]?.[0] === 'exists')
    expect(await shrink([...noise, paused], still, NEVER)).toEqual([{ commands: [['exists']], pauseBefore: 0 }])
  })

  test('gives what it has at the deadline', async () => {
    expect(await shrink(steps, async () => true, 0)).toEqual(steps)
  })
})
