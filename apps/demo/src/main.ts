import { interruption, Workplace } from '@repl/harness'
import { keyOf, largestCities } from './cities.ts'
import { demonstrate } from './demonstration.ts'
import { parseOptions, USAGE } from './options.ts'
import type { Pair } from './pair.ts'
import { Screen } from './screen.ts'

const EXIT_FAILURE = 1
/** What a shell says of a program that Ctrl-C has ended. */
const EXIT_INTERRUPTED = 130
/** Lines of each log that are shown after a failure. */
const LOG_LINES = 10

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(USAGE)
    return
  }
  const signal = interruption()
  const screen = new Screen(process.stdout)
  const startedAt = performance.now()
  await using workplace = await Workplace.open('repl-demo-')
  try {
    const pair = await demonstrate(workplace, screen, signal)
    screen.title(`All is well, in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`)
    if (!options.isPairKept) return
    await workplace.leave()
    printInvitation(pair, workplace.directory, screen)
  } catch (error) {
    process.exitCode = signal.aborted ? EXIT_INTERRUPTED : EXIT_FAILURE
    screen.title(`FAILED: ${error instanceof Error ? error.message : String(error)}`)
    if (signal.aborted) return
    for (const { name, tail } of workplace.logTails(LOG_LINES)) screen.line(`\nThe log of the ${name} ends:\n${tail}`)
  }
}

function printInvitation(pair: Pair, directory: string, screen: Screen): void {
  const { master, slave, password } = pair
  const key = keyOf(largestCities(1)[0]!)
  screen.title('The pair goes on. Try:')
  screen.line(`  export REDISCLI_AUTH=${password}`)
  screen.line(`  redis-cli -p ${slave.port} get ${key}`)
  screen.line(`  redis-cli -p ${master.port} set greeting hello`)
  screen.line(`  redis-cli -p ${slave.port} get greeting`)
  screen.line(`  redis-cli -p ${slave.port} set greeting hello        # refused: a slave is read-only`)
  screen.line(`  redis-cli -p ${slave.port} info replication`)
  screen.line(`  redis-cli -p ${slave.port} slaveof no one            # now it is a master itself`)
  screen.title('And when you have seen enough:')
  screen.line(`  kill ${slave.server.pid} ${master.server.pid}; rm -r ${directory}`)
}

await main()
