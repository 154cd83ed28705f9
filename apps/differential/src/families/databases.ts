import type { Family, StepMaker } from '../generating/family.ts'
import { commonWords, oneOf } from './words.ts'

const DATABASES = ['0', '0', '1', '2', '15', '16', '-1', 'x'] as const

/** SELECT, what is done there, and back. */
const elsewhere: StepMaker = (random, anyCommand) => {
  const there = random.pick(DATABASES)
  const commands = Array.from({ length: random.between(1, 5) }, () => anyCommand(random))
  return { commands: [['select', there], ...commands, ['select', '0']] }
}

/** Sixteen databases. */
export const databases: Family = {
  name: 'databases',
  weight: 1,
  vocabulary: { ...commonWords, database: oneOf(...DATABASES) },
  commands: { 1: ['swapdb <database> <database>', 'select <database>'], 3: ['move <key> <database>'] },
  steps: { 3: [elsewhere] },
}
