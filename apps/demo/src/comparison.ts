import { formatCount, numberIn, readInfo, waitUntil } from '@repl/harness'
import { keyOf, largestCities } from './cities.ts'
import { DemoFailure } from './failure.ts'
import type { Pair } from './pair.ts'
import type { Stage } from './stage.ts'
import { BATCHES_KEY } from './writer.ts'

const TIMEOUT = 20_000
/** Records that are compared by value. */
const SAMPLES = 1000
const SHOWN = 3

/**
 * The last act: the two hold the same, and it is what was written. To be called when nobody writes any more.
 * @throws DemoFailure, which says what differs
 */
export async function compare(stage: Stage, records: ReadonlyMap<string, string>): Promise<void> {
  const { pair, screen, writer } = stage
  screen.title('Do they hold the same?')
  const digest = await compareDigests(stage)
  const size = await pair.slave.client.dbsize()
  screen.passed(`DEBUG DIGEST of both is ${digest}; ${formatCount(size)} keys`)

  const sample = pickSample([...records.keys()])
  await compareRecords(pair, records, sample)
  screen.passed(`${formatCount(sample.length)} records, read from the slave, are what was written; three of them:`)
  for (const city of largestCities(SHOWN)) screen.line(`      ${keyOf(city)} ${records.get(keyOf(city))}`)

  const batches = await pair.slave.client.get(BATCHES_KEY)
  if (batches !== String(writer.batches)) {
    throw new DemoFailure(`${writer.batches} batches were answered, the slave knows of ${batches}: writes were lost`)
  }
  screen.passed(`all ${formatCount(writer.commands)} writes that went on beside are there`)

  await compareExpiry(pair, `session:${writer.batches - 1}:1`)
  screen.passed('a key that will expire does so at the same millisecond on both')
  await assertReadOnly(pair)
  screen.passed('a write on the slave is refused')
}

/** Keys expire at any time, and the DEL needs a moment to the slave: so it is looked at until both are equal. */
async function compareDigests({ pair, signal }: Stage): Promise<string> {
  let seen: { master: unknown; slave: unknown } = { master: '', slave: '' }
  const wait = { awaited: 'equal digests', timeout: TIMEOUT, signal, period: 100 }
  try {
    return await waitUntil(wait, async () => {
      const [master, slave] = await Promise.all([
        pair.master.client.call('DEBUG', 'DIGEST'),
        pair.slave.client.call('DEBUG', 'DIGEST'),
      ])
      seen = { master, slave }
      return master === slave ? String(master) : undefined
    })
  } catch (error) {
    signal.throwIfAborted()
    const sizes = await Promise.all([pair.master.client.dbsize(), pair.slave.client.dbsize()])
    throw new DemoFailure(
      `the data sets differ: digest ${seen.master} and ${sizes[0]} keys on the master, ${seen.slave} and ${sizes[1]} on the slave`,
      { cause: error },
    )
  }
}

function pickSample(keys: readonly string[]): string[] {
  const random = Array.from({ length: SAMPLES }, () => keys[Math.floor(Math.random() * keys.length)]!)
  return [...new Set([...largestCities(SHOWN).map(keyOf), ...random])]
}

async function compareRecords(
  { slave }: Pair,
  records: ReadonlyMap<string, string>,
  keys: readonly string[],
): Promise<void> {
  const values = await slave.client.mget(...keys)
  for (const [i, key] of keys.entries()) {
    if (values[i] !== records.get(key)) {
      throw new DemoFailure(`${key} was written as ${records.get(key)}, the slave holds ${values[i]}`)
    }
  }
}

async function compareExpiry({ master, slave }: Pair, key: string): Promise<void> {
  const [onMaster, onSlave] = await Promise.all([master.client.pexpiretime(key), slave.client.pexpiretime(key)])
  if (onMaster !== onSlave || onMaster <= Date.now()) {
    throw new DemoFailure(`${key} expires at ${onMaster} on the master and at ${onSlave} on the slave`)
  }
}

async function assertReadOnly({ slave }: Pair): Promise<void> {
  const answer = await slave.client.set('forbidden', '1').catch((error: unknown) => String(error))
  if (!answer.includes('READONLY')) throw new DemoFailure(`a write on the slave was answered with ${answer}`)
  const info = await readInfo(slave.client, 'replication')
  if (numberIn(info, 'slave_read_only') !== 1) throw new DemoFailure('the slave does not say that it is read-only')
}
