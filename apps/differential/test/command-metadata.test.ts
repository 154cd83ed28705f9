import { Workplace } from '@repl/harness'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatReply, parseReply, type Reply } from '../src/comparing/reply.ts'
import { Random } from '../src/generating/random.ts'
import { documentedCall, fieldOf } from '../src/metadata/documented-call.ts'
import { askItems } from '../src/running/ask.ts'
import { PeerConnection } from '../src/running/peer-connection.ts'
import { type Peer, redisAbsence, startRedis, startRepl } from '../src/running/peers.ts'
import { SEED } from './seed.ts'

/** What COMMAND DOCS says otherwise, and why: the field, and what this server says. */
const OTHERWISE: Readonly<Record<string, readonly [reason: string, field: string, ours: string]>> = {
  acl: ['theirs ends in a space', 'summary', 'A container for Access List Control commands'],
  append: [
    'values have no room to grow',
    'complexity',
    'O(N) where N is the length of the resulting value, which is built anew.',
  ],
  'latency|help': ['theirs alone ends in a full stop', 'summary', 'Show helpful text about the different subcommands'],
  'memory|usage': [
    'all elements count',
    'complexity',
    'O(N) where N is the number of elements, since nothing is sampled.',
  ],
  move: [
    'each database has memory of its own',
    'complexity',
    'O(N) where N is the size of the value, which is copied.',
  ],
  rename: ['a string lies behind its key', 'complexity', 'O(1). O(N) for a string, where N is its length.'],
  renamenx: ['a string lies behind its key', 'complexity', 'O(1). O(N) for a string, where N is its length.'],
  setrange: [
    'values are written anew',
    'complexity',
    'O(N) where N is the length of the resulting value, which is built anew.',
  ],
}
/** Flags that COMMAND INFO gives beside redis-server's, and why. */
const MEANT_FLAGS: Readonly<Record<string, readonly [reason: string, flag: string]>> = {
  replicaof: ['to follow no one may take more than a turn', 'no_multi'],
  slaveof: ['to follow no one may take more than a turn', 'no_multi'],
}
/** There it looks at its first argument itself, and has no subcommands to describe. */
const WITH_OWN_SUBCOMMANDS = 'debug'
/** How many calls of each command COMMAND GETKEYS is asked about. */
const CALLS = 60

const absence = redisAbsence()

describe.skipIf(absence !== null)(`COMMAND is as redis-server's (${absence ?? 'compared'})`, () => {
  let workplace: Workplace
  let redis: Peer
  let repl: Peer
  /** What both have, subcommands as `config|get`. */
  let names: string[]

  beforeAll(async () => {
    workplace = await Workplace.open('repl-metadata-')
    const { signal } = new AbortController()
    redis = await startRedis(workplace, 'redis', signal)
    repl = await startRepl(workplace, 'repl', signal)
    const theirs = new Set(await askItems(redis.port, 'command', 'list'))
    names = (await askItems(repl.port, 'command', 'list')).filter((name) => theirs.has(name)).sort()
    expect(names.length).toBeGreaterThan(240)
  })

  afterAll(async () => {
    await workplace[Symbol.asyncDispose]()
  })

  /** The replies of both to the same commands. */
  async function exchange(protocol: string, commands: string[][]): Promise<[ours: string[], theirs: string[]]> {
    return Promise.all(
      [repl, redis].map(async ({ port }) => {
        using connection = await PeerConnection.open(port)
        const [, ...replies] = await connection.exchange([['hello', protocol], ...commands])
        return replies
      }),
    ) as Promise<[string[], string[]]>
  }

  it.each(['2', '3'])('DOCS, in RESP%s', async (protocol) => {
    const [ours, theirs] = await exchange(
      protocol,
      names.map((name) => ['command', 'docs', name]),
    )
    for (const [i, name] of names.entries()) {
      expect(comparableDocs(ours[i]!), name).toEqual(comparableDocs(theirs[i]!, OTHERWISE[name]))
    }
  })

  it.each(['2', '3'])('INFO, in RESP%s', async (protocol) => {
    const [ours, theirs] = await exchange(
      protocol,
      names.map((name) => ['command', 'info', name]),
    )
    for (const [i, name] of names.entries()) {
      if (name === WITH_OWN_SUBCOMMANDS) continue
      expect(comparableInfo(ours[i]!, MEANT_FLAGS[name]?.[1]), name).toEqual(comparableInfo(theirs[i]!))
    }
  })

  it('INFO and DOCS of names that are none, or written otherwise', async () => {
    const asked = [
      'GET',
      'Config|Get',
      'nope',
      'config|nope',
      'get|x',
      'config|get|x',
      'config|',
      '|get',
      '',
      'config get',
    ]
    for (const protocol of ['2', '3']) {
      for (const word of ['info', 'docs']) {
        const commands = asked.map((name) => ['command', word, name])
        const [ours, theirs] = await exchange(protocol, [...commands, ['command', word, 'nope', 'get', 'GET', 'nope']])
        expect(ours.map(sortedSets), word).toEqual(theirs.map(sortedSets))
      }
    }
  })

  it('COUNT and INFO have as many as there are commands; LIST has the subcommands too', async () => {
    const [[count, everything, list]] = await exchange('2', [
      ['command', 'count'],
      ['command', 'info'],
      ['command', 'list'],
    ])
    const infos = itemsOf(parseReply(everything!))
    expect(count).toBe(`:${infos.length}\r\n`)
    const subcommands = infos.flatMap((info) => itemsOf(itemsOf(info)[9]!))
    expect(itemsOf(parseReply(list!))).toHaveLength(infos.length + subcommands.length)
  })

  it('LIST FILTERBY', async () => {
    const categories = await askItems(redis.port, 'acl', 'cat')
    const patterns = ['*', 'config*', '*SET', 'z[a-l]*', '*|*', 'get', 'none*', '']
    const filters = [
      ...[...categories, 'READ', 'none'].map((category) => ['aclcat', category]),
      ...patterns.map((pattern) => ['PATTERN', pattern]),
      ['module', 'none'],
    ]
    const commands = filters.map((filter) => ['command', 'list', 'filterby', ...filter])
    const [ours, theirs] = await exchange('3', commands)
    for (const [i, filter] of filters.entries()) {
      expect(sharedNames(ours[i]!, names), filter.join(' ')).toEqual(sharedNames(theirs[i]!, names))
    }
    const wrong = [
      ['filterby'],
      ['filterby', 'pattern'],
      ['filterby', 'pattern', 'a', 'b'],
      ['filterby', 'x', 'y'],
      ['x'],
    ]
    const [ourErrors, theirErrors] = await exchange(
      '2',
      wrong.map((words) => ['command', 'list', ...words]),
    )
    expect(ourErrors).toEqual(theirErrors)
  })

  it(`GETKEYS and GETKEYSANDFLAGS of calls that DOCS allows (seed ${SEED})`, async () => {
    const random = new Random(SEED)
    const [, docs] = await exchange(
      '3',
      names.map((name) => ['command', 'docs', name]),
    )
    const calls = names.flatMap((name, i) => {
      if (name === WITH_OWN_SUBCOMMANDS) return []
      const described = fieldOf(parseReply(docs[i]!), name)!
      return Array.from({ length: CALLS }, () => documentedCall(random, name, described))
    })
    for (const word of ['getkeys', 'getkeysandflags']) {
      const [ours, theirs] = await exchange(
        '3',
        calls.map((call) => ['command', word, ...call]),
      )
      for (const [i, call] of calls.entries()) expect(ours[i], `command ${word} ${call.join(' ')}`).toBe(theirs[i])
    }
  })
})

function itemsOf(reply: Reply): readonly Reply[] {
  return 'items' in reply ? reply.items : []
}

/** Without the subcommands, which are compared by themselves and of which some of theirs are none of ours. */
function comparableDocs(text: string, [, otherField, other]: readonly string[] = []): unknown {
  const [name, docs] = itemsOf(parseReply(text))
  const items = itemsOf(docs!).map((item, i, all) =>
    isText(all[i - 1], otherField) ? { mark: '$', text: other } : item,
  )
  const end = items.findIndex((item) => 'text' in item && item.text === 'subcommands')
  return [name, docs!.mark, ...(end < 0 ? items : items.slice(0, end))]
}

function isText(reply: Reply | undefined, text: string | undefined): boolean {
  return reply !== undefined && 'text' in reply && reply.text === text
}

/** With flags and categories in one order, and without the subcommands. */
function comparableInfo(text: string, meantFlag?: string): unknown {
  const [name, arity, flags, first, last, step, categories, tips, keys, subcommands] = itemsOf(
    itemsOf(parseReply(text))[0]!,
  )
  const isPlain = (each: Reply): boolean => !isText(each, meantFlag)
  const ordered = (reply: Reply): string[] => itemsOf(reply).filter(isPlain).map(formatReply).sort()
  return {
    numbers: [name, arity, first, last, step],
    flags: [flags!.mark, ordered(flags!)],
    categories: [categories!.mark, ordered(categories!)],
    tips,
    keys,
    subcommands: subcommands!.mark,
  }
}

/** A reply whose arrays and sets have one order. */
function sortedSets(text: string): unknown {
  const sorted = (reply: Reply): unknown =>
    'items' in reply ? [reply.mark, reply.items.map((each) => JSON.stringify(sorted(each))).sort()] : reply
  return sorted(parseReply(text))
}

function sharedNames(text: string, names: readonly string[]): unknown {
  const reply = parseReply(text)
  const listed = itemsOf(reply).map((each) => ('text' in each ? (each.text ?? '') : ''))
  return [reply.mark, listed.filter((name) => names.includes(name)).sort()]
}
