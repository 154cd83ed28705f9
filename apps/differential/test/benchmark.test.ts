import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { Workplace } from '@repl/harness'
import { expect, it } from 'vitest'
import { ask } from '../src/running/ask.ts'
import { startRepl } from '../src/running/peers.ts'

/** What `redis-benchmark` does without `-t`, its script and its stream aside. */
const TESTS =
  'ping_inline,ping_mbulk,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange_100,lrange_300,lrange_500,lrange_600,mset'
const NAMES = [
  ...[
    'PING_INLINE',
    'PING_MBULK',
    'SET',
    'GET',
    'INCR',
    'LPUSH',
    'RPUSH',
    'LPOP',
    'RPOP',
    'SADD',
    'HSET',
    'SPOP',
    'ZADD',
    'ZPOPMIN',
  ],
  ...['LPUSH (needed to benchmark LRANGE)', 'LRANGE_100 (first 100 elements)', 'LRANGE_300 (first 300 elements)'],
  ...['LRANGE_500 (first 500 elements)', 'LRANGE_600 (first 600 elements)', 'MSET (10 keys)'],
]
const REQUESTS = 3000

const isAbsent = spawnSync('redis-benchmark', ['--version']).status !== 0

it.skipIf(isAbsent).each([
  ['one at a time', []],
  ['sixteen at a time, over many keys', ['-P', '16', '-r', '1000']],
])(
  `redis-benchmark runs its suite to the end, %s${isAbsent ? ' (not installed here: Debian redis-tools)' : ''}`,
  async (_, options) => {
    await using workplace = await Workplace.open('repl-benchmark-')
    const { port } = await startRepl(workplace, 'repl', AbortSignal.timeout(60_000))
    const args = ['-p', String(port), '-n', String(REQUESTS), '-t', TESTS, '--csv', ...options]
    // It ends with a failure at the first error reply.
    const { stdout } = await promisify(execFile)('redis-benchmark', args)
    const rows = stdout.trim().split('\n').slice(1)
    expect(rows.map((row) => /^"([^"]*)"/.exec(row)?.[1])).toEqual(NAMES)
    expect(await ask(port, 'info', 'stats')).toMatch(/total_error_replies:0\r\n/)
  },
)
