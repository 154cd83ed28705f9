import { Workplace } from '@repl/harness'
import { expect, it } from 'vitest'
import { families } from '../src/families/families.ts'
import { redisAbsence, startRedis, startRepl } from '../src/running/peers.ts'
import { describeDifference } from '../src/running/report.ts'
import { run } from '../src/running/run.ts'
import { SEED } from './seed.ts'

const COMMANDS = 100_000

const absence = redisAbsence()

it.skipIf(absence !== null)(
  `${COMMANDS} random commands are answered as redis-server answers them (${absence ?? `seed ${SEED}`})`,
  async ({ signal }) => {
    console.log(`Seed ${SEED}. Again: npx -y pnpm@12 differential --commands ${COMMANDS} --seed ${SEED}`)
    await using workplace = await Workplace.open('repl-differential-')
    const [ours, theirs] = await Promise.all([
      startRepl(workplace, 'repl', signal),
      startRedis(workplace, 'redis', signal),
    ])
    const found: string[] = []
    const result = await run({
      opponents: { ours: ours.port, theirs: theirs.port },
      families,
      seed: SEED,
      commands: COMMANDS,
      differences: 3,
      onDifference: (each) => found.push(describeDifference(each, SEED)),
      signal,
    })
    expect(found.join('\n\n')).toBe('')
    expect(result.commands).toBeGreaterThanOrEqual(COMMANDS)
  },
)
