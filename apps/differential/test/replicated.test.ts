import { Workplace } from '@repl/harness'
import { describe, expect, it } from 'vitest'
import { families } from '../src/families/families.ts'
import { largeValues } from '../src/families/large-values.ts'
import { SequenceMaker } from '../src/generating/sequence.ts'
import { stepOf } from '../src/generating/step.ts'
import { ask, askAll } from '../src/running/ask.ts'
import { type Peer, startRepl } from '../src/running/peers.ts'
import { commandsOf, playOn } from '../src/running/play.ts'
import { untilInStep } from '../src/running/settle.ts'
import { SEED } from './seed.ts'

const SEQUENCES = 6
const SEQUENCE_LENGTH = 400
/** Chance decides what these take; both must have taken the same. */
const RANDOM_POPS = [
  ['spop', 'large:set', '700'],
  ['spop', 'large:integers', '70'],
  ['spop', 'large:set'],
]
const sequences = new SequenceMaker(SEED, families, SEQUENCE_LENGTH)

/** A master and a slave that keep what they have, to be ended and started again. */
class DurablePair {
  master!: Peer
  slave!: Peer
  #played = 0
  readonly #workplace: Workplace
  readonly #signal: AbortSignal

  constructor(workplace: Workplace, signal: AbortSignal) {
    this.#workplace = workplace
    this.#signal = signal
  }

  async start(): Promise<void> {
    this.master = await this.#start('master')
    this.slave = await this.#start('slave', ['--slaveof', `127.0.0.1 ${this.master.port}`])
  }

  /** Plays some sequences on the master, one behind the other, and then makes large values. */
  async play(): Promise<void> {
    for (let n = 0; n < SEQUENCES; n++) {
      const { steps } = sequences.sequence(this.#played++)
      // Emptying the data set would leave little to compare.
      const kept = steps.filter((step) => !commandsOf([step]).some(([name]) => /^flush/i.test(name!)))
      await playOn(this.master.port, kept, false)
    }
    await playOn(
      this.master.port,
      [...largeValues, ...RANDOM_POPS].map((words) => stepOf(...words)),
      false,
    )
  }

  async restart(which: 'master' | 'slave', how: 'kill' | 'stop', meanwhile?: () => Promise<void>): Promise<void> {
    const { port, server } = this[which]
    await server[how]()
    await meanwhile?.()
    this[which] = await this.#start(which, [], port)
  }

  /** Waits for the slave, and gives the digests of both. */
  async digests(): Promise<[master: string, slave: string]> {
    await untilInStep(this.master, this.slave, this.#signal)
    return [await ask(this.master.port, 'debug', 'digest'), await ask(this.slave.port, 'debug', 'digest')]
  }

  async #start(name: string, options: readonly string[] = [], formerPort?: number): Promise<Peer> {
    const directory = await this.#workplace.folder(name)
    // What a client has been told survives even SIGKILL.
    const all = ['--dir', directory, '--appendfsync', 'always', ...options]
    return startRepl(this.#workplace, name, this.#signal, all, formerPort)
  }
}

describe(`random commands on a master with a slave (seed ${SEED})`, () => {
  it('leave equal digests, also through restarts of either', async ({ signal }) => {
    console.log(`Seed ${SEED}; again with REPL_DIFFERENTIAL_SEED=${SEED}`)
    await using workplace = await Workplace.open('repl-replicated-')
    const pair = new DurablePair(workplace, signal)
    await pair.start()
    await pair.play()
    await expectEqual(pair, 'after the first sequences')
    for (const how of ['kill', 'stop'] as const) {
      // The slave has much to catch up with.
      await pair.restart('slave', how, () => pair.play())
      await expectEqual(pair, `${how} of the slave`)
      const before = await ask(pair.master.port, 'debug', 'digest')
      await pair.restart('master', how)
      expect(await ask(pair.master.port, 'debug', 'digest'), `the master's own after ${how}`).toBe(before)
      await expectEqual(pair, `${how} of the master`)
      await pair.play()
      await expectEqual(pair, `writes after ${how} of the master`)
    }
    // One copy in the beginning, and no other.
    expect(await ask(pair.master.port, 'info', 'stats')).toMatch(/sync_full:0\r\n/)
    await pair.restart('slave', 'kill')
    // Both from their snapshots.
    for (const node of [pair.master, pair.slave]) await askAll(node.port, ['save'])
    await pair.restart('slave', 'kill')
    await pair.restart('master', 'kill')
    await expectEqual(pair, 'restarts from snapshots')
  })
})

async function expectEqual(pair: DurablePair, when: string): Promise<void> {
  const [master, slave] = await pair.digests()
  expect(slave, when).toBe(master)
  expect(Number(await ask(pair.master.port, 'dbsize')), when).toBeGreaterThan(0)
}
