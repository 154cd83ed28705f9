import { describe, expect, test } from 'vitest'
import { CommandLineError, helpText, parseCommandLine } from './command-line.ts'
import { Configuration } from './configuration.ts'
import { humanSize, parseMemorySize } from './memory-size.ts'
import { formatSavePoints, isSaveDue, parseSavePoints } from './save-points.ts'

describe('parseMemorySize', () => {
  test.each([
    ['1024', 1024],
    ['1k', 1000],
    ['1kb', 1024],
    ['1MB', 1048576],
    ['2g', 2e9],
    ['1gb', 1073741824],
    ['5b', 5],
    ['', null],
    ['-1', null],
    ['1tb', null],
    ['1.5mb', null],
    ['9999999999999999gb', null],
  ])('%s', (text, bytes) => {
    expect(parseMemorySize(text)).toBe(bytes)
  })

  test.each([
    [0, '0B'],
    [983704, '960.65K'],
    [25276502016, '23.54G'],
  ])('humanSize(%d)', (bytes, text) => {
    expect(humanSize(bytes)).toBe(text)
  })
})

describe('save points', () => {
  test('are read and written as Redis does', () => {
    const points = parseSavePoints('3600 1 60 10000')
    expect(points).toEqual([
      { seconds: 3600, changes: 1 },
      { seconds: 60, changes: 10000 },
    ])
    expect(formatSavePoints(points!)).toBe('3600 1 60 10000')
    expect(parseSavePoints('')).toEqual([])
    for (const bad of ['60', 'a b', '0 1', '60 1 2', '-1 2']) expect(parseSavePoints(bad)).toBeNull()
  })

  test('ask for a snapshot when there are changes enough and time enough has passed', () => {
    const points = parseSavePoints('60 10')!
    expect(isSaveDue(points, 10, 60)).toBe(true)
    expect(isSaveDue(points, 9, 60)).toBe(false)
    expect(isSaveDue(points, 10, 59)).toBe(false)
    expect(isSaveDue([{ seconds: 1, changes: 0 }], 0, 60)).toBe(false)
  })
})

describe('Configuration', () => {
  test('finds names by pattern, under every name, each once', () => {
    const configuration = new Configuration({ port: 7000 }, new Map([['appendonly', () => 'yes']]))
    expect([...configuration.get(['po*', 'PORT'])]).toEqual([['port', '7000']])
    expect([...configuration.get(['append*'])]).toEqual([
      ['appendfsync', 'everysec'],
      ['appendonly', 'yes'],
    ])
    expect(configuration.get(['repl-ping-*']).size).toBe(2)
    expect(configuration.get(['nothing']).size).toBe(0)
  })

  test('changes everything or nothing, then tells', () => {
    const configuration = new Configuration()
    const told: string[] = []
    configuration.onChange('appendfsync', () => told.push(configuration.values.appendfsync))
    configuration.set([
      ['appendfsync', 'ALWAYS'],
      ['maxclients', '5'],
    ])
    expect(told).toEqual(['always'])
    const before = { ...configuration.values }
    expect(() =>
      configuration.set([
        ['maxclients', '7'],
        ['appendfsync', 'sometimes'],
      ]),
    ).toThrow(
      "CONFIG SET failed (possibly related to argument 'appendfsync') - argument(s) must be one of the following: everysec, always, no",
    )
    expect(configuration.values).toEqual(before)
  })

  test.each([
    [[['foo', 'bar']], "Unknown option or number of arguments for CONFIG SET - 'foo'"],
    [[['port', '1']], "CONFIG SET failed (possibly related to argument 'port') - can't set immutable config"],
    [
      [
        ['save', ''],
        ['save', ''],
      ],
      "CONFIG SET failed (possibly related to argument 'save') - duplicate parameter",
    ],
    [
      [['maxclients', '-1']],
      "CONFIG SET failed (possibly related to argument 'maxclients') - argument must be between 1 and 4294967295 inclusive",
    ],
    [[['save', 'a b']], "CONFIG SET failed (possibly related to argument 'save') - Invalid save parameters"],
    [
      [['proto-max-bulk-len', 'abc']],
      "CONFIG SET failed (possibly related to argument 'proto-max-bulk-len') - argument must be a memory value",
    ],
  ] as [[string, string][], string][])('refuses %j', (changes, message) => {
    expect(() => new Configuration().set(changes)).toThrow(message)
  })
})

describe('parseCommandLine', () => {
  test('takes a setting as an option, under each of its names', () => {
    expect(
      parseCommandLine(['--port', '7000', '--slaveof', '127.0.0.1 6380', '--repl-backlog-size=1mb', '--save', '']),
    ).toEqual({
      kind: 'run',
      settings: { port: 7000, replicaof: { host: '127.0.0.1', port: 6380 }, replBacklogSize: 1048576, save: [] },
      file: null,
    })
  })

  test('lets words follow an option, as redis-server does', () => {
    expect(
      parseCommandLine(['--replicaof', 'host', '6380', '--save', '60', '1000', '--bind', '127.0.0.1', '::1']),
    ).toEqual({
      kind: 'run',
      settings: {
        replicaof: { host: 'host', port: 6380 },
        save: [{ seconds: 60, changes: 1000 }],
        bind: '127.0.0.1 ::1',
      },
      file: null,
    })
    expect(parseCommandLine(['--slaveof', 'no', 'one'])).toMatchObject({ settings: { replicaof: null } })
  })

  test.each([
    [['--port', 'abc'], "--port 'abc': argument couldn't be parsed into an integer"],
    [['--port', '70000'], "--port '70000': argument must be between 0 and 65535 inclusive"],
    [['--prot', '1'], "unknown option '--prot'"],
    [['--port'], "option '--port <value>' argument missing"],
    [['--slaveof', 'host'], /--slaveof 'host': a master's address is "HOST PORT"/],
    [['--slaveof', 'host', '0'], /with a port from 1 to 65535/],
  ])('refuses %j', (words, message) => {
    expect(() => parseCommandLine(words)).toThrow(CommandLineError)
    expect(() => parseCommandLine(words)).toThrow(message)
  })

  test('help and version', () => {
    expect(parseCommandLine(['--help'])).toEqual({ kind: 'help' })
    expect(parseCommandLine(['-v'])).toEqual({ kind: 'version' })
    expect(helpText()).toMatch(/--repl-backlog-size <bytes>/)
  })
})
