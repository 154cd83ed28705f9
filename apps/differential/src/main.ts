import { interruption, OptionsError, Workplace } from '@repl/harness'
import { families } from './families/families.ts'
import { type Options, parseOptions, USAGE } from './options.ts'
import { redisAbsence, startRedis, startRepl } from './running/peers.ts'
import { describeDifference } from './running/report.ts'
import { run } from './running/run.ts'

async function differential(options: Options): Promise<void> {
  const { seed } = options
  const absence = redisAbsence()
  if (absence !== null) return console.log(`SKIPPED: ${absence}`)
  const signal = interruption()
  console.log(`Seed ${seed}: ${options.commands} commands to repl-server and redis-server.`)
  await using workplace = await Workplace.open('repl-differential-')
  const [ours, theirs] = await Promise.all([
    startRepl(workplace, 'repl', signal),
    startRedis(workplace, 'redis', signal),
  ])
  const startedAt = performance.now()
  const result = await run({
    opponents: { ours: ours.port, theirs: theirs.port },
    families: families.filter((family) => options.families.includes(family.name)),
    seed,
    commands: options.commands,
    differences: options.differences,
    onDifference: (found) => console.log(`\n${describeDifference(found, seed)}\n`),
    signal,
  })
  const took = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(
    `${result.commands} commands in ${result.sequences} sequences, ${result.differences === 0 ? 'no' : result.differences} difference(s), ${took} s.`,
  )
  if (result.differences > 0) process.exitCode = 1
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') console.log(USAGE)
  else await differential(options)
} catch (error) {
  console.error(error instanceof OptionsError ? `${error.message}\n\n${USAGE}` : error)
  process.exitCode = 1
}
