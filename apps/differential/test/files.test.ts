import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { Workplace } from '@repl/harness'
import { describe, expect, it } from 'vitest'
import { families } from '../src/families/families.ts'
import { largeValues } from '../src/families/large-values.ts'
import { Random } from '../src/generating/random.ts'
import { SequenceMaker } from '../src/generating/sequence.ts'
import { stepOf } from '../src/generating/step.ts'
import { ask, askAll, askItems } from '../src/running/ask.ts'
import { type Peer, redisAbsence, startRedis, startRepl } from '../src/running/peers.ts'
import { commandsOf, playOn } from '../src/running/play.ts'
import { SEED } from './seed.ts'

const ROUNDS = 3
const SEQUENCE_LENGTH = 500
const absence = redisAbsence()

describe.skipIf(absence !== null)(`files after random commands (${absence ?? `seed ${SEED}`})`, () => {
  it('of either server load into the other, with equal content for every type', async ({ signal }) => {
    console.log(`Seed ${SEED}; again with REPL_DIFFERENTIAL_SEED=${SEED}`)
    await using workplace = await Workplace.open('repl-files-')
    const repl = await startRepl(workplace, 'repl', signal, ['--dir', await workplace.folder('repl')])
    const redis = await startRedis(workplace, 'redis', signal)
    const maker = new SequenceMaker(new Random(SEED, 7).below(2 ** 32), families, SEQUENCE_LENGTH)
    for (let round = 0; round < ROUNDS; round++) {
      // Empties come first, if at all.
      const steps = maker
        .sequence(round)
        .steps.filter((step) => !commandsOf([step]).some(([name]) => /^flush/i.test(name!)))
      const all = [...steps, ...largeValues.map((words) => stepOf(...words))]
      await Promise.all([repl, redis].map((peer) => playOn(peer.port, all)))
      const digest = await ask(redis.port, 'debug', 'digest')
      const expiries = await expiriesOf(redis)

      await ask(repl.port, 'save')
      const ofRepl = await loadedByRedis(workplace, `from-repl-${round}`, 'repl', signal)
      expect(await ask(ofRepl.port, 'debug', 'digest'), `round ${round}: repl-server's file in redis-server`).toBe(
        digest,
      )
      expect(await expiriesOf(ofRepl)).toEqual(await expiriesOf(repl))
      await ofRepl.server.kill()

      await ask(redis.port, 'save')
      const folder = await workplace.folder(`from-redis-${round}`)
      await cp(join(workplace.directory, 'redis', 'dump.rdb'), join(folder, 'dump.rdb'))
      const ofRedis = await startRepl(workplace, `from-redis-${round}`, signal, ['--dir', folder])
      expect(await expiriesOf(ofRedis)).toEqual(expiries)
      await ask(ofRedis.port, 'save')
      const andBack = await loadedByRedis(workplace, `and-back-${round}`, `from-redis-${round}`, signal)
      expect(
        await ask(andBack.port, 'debug', 'digest'),
        `round ${round}: redis-server's file through repl-server`,
      ).toBe(digest)
      await andBack.server.kill()

      await exchangeDumps(repl, redis, ofRedis)
      await ofRedis.server.kill()
    }
  })
})

/** A redis-server that has loaded the dump in the folder of another server. */
async function loadedByRedis(workplace: Workplace, name: string, from: string, signal: AbortSignal): Promise<Peer> {
  await cp(join(workplace.directory, from, 'dump.rdb'), join(await workplace.folder(name), 'dump.rdb'))
  return startRedis(workplace, name, signal)
}

/** Every key of the first database with its time of expiry. */
async function expiriesOf({ port }: Peer): Promise<Map<string, string>> {
  const keys = (await keysOf(port)).toSorted()
  const expiries = await askAll(port, ...keys.map((key) => ['pexpiretime', key]))
  return new Map(keys.map((key, i) => [key, expiries[i]!]))
}

/** What DUMP gives on either goes into the other with RESTORE, and is the same to redis-server's eyes. */
async function exchangeDumps(repl: Peer, redis: Peer, other: Peer): Promise<void> {
  const keys = await keysOf(redis.port)
  const values = await askAll(redis.port, ...keys.map((key) => ['debug', 'digest-value', key]))
  const ours = await askAll(repl.port, ...keys.map((key) => ['dump', key]))
  const theirs = await askAll(redis.port, ...keys.map((key) => ['dump', key]))
  await askAll(redis.port, ...keys.map((key, i) => ['restore', key, '0', ours[i]!, 'replace']))
  expect(await askAll(redis.port, ...keys.map((key) => ['debug', 'digest-value', key]))).toEqual(values)
  // And what repl-server has restored, it dumps again for redis-server.
  await askAll(other.port, ['flushall'], ...keys.map((key, i) => ['restore', key, '0', theirs[i]!]))
  const again = await askAll(other.port, ...keys.map((key) => ['dump', key]))
  await askAll(redis.port, ['flushall'], ...keys.map((key, i) => ['restore', key, '0', again[i]!]))
  expect(await askAll(redis.port, ...keys.map((key) => ['debug', 'digest-value', key]))).toEqual(values)
}

function keysOf(port: number): Promise<string[]> {
  return askItems(port, 'keys', '*')
}
