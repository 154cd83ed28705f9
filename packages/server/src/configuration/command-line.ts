import { resolve } from 'node:path'
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { readConfigFile } from './config-file.ts'
import { InvalidSettingError } from './setting-kind.ts'
import { type Settings, settings } from './settings.ts'

/** A command line that says what can't be done. The message names the option. */
export class CommandLineError extends Error {
  readonly code = 'COMMAND_LINE'
  override readonly name = 'CommandLineError'
}

/** What the command line asks for. */
export type CommandLine =
  | { readonly kind: 'run'; readonly settings: Partial<Settings>; readonly file: ConfigurationFile | null }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }

/** The file that the command line names. */
export interface ConfigurationFile {
  /** Absolute. */
  readonly path: string
  /** A sentence for each of its options that this server doesn't know and has skipped. */
  readonly warnings: readonly string[]
}

type Key = keyof Settings

const keys = Object.keys(settings) as Key[]
const keyOfOption = new Map(keys.flatMap((key) => settings[key].names.map((name): [string, Key] => [name, key])))

/**
 * Reads the arguments after the program's name: every setting is an option. The words after an option belong to it,
 * so that `--slaveof HOST PORT` and `--save 60 1000` work as they do with redis-server. A first argument that is no
 * option names a file like redis.conf; options override what it says.
 * @throws CommandLineError, ConfigFileError
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const isFileNamed = words.length > 0 && !words[0]!.startsWith('-')
  const commandLine = parseOptions(isFileNamed ? words.slice(1) : words)
  if (!isFileNamed || commandLine.kind !== 'run') return commandLine
  const path = resolve(words[0]!)
  const { settings: inFile, warnings } = settingsIn(path)
  return { kind: 'run', settings: { ...inFile, ...commandLine.settings }, file: { path, warnings } }
}

function settingsIn(path: string): { settings: Partial<Settings>; warnings: string[] } {
  const given: Partial<Settings> = {}
  const warnings: string[] = []
  for (const { number, name, words } of readConfigFile(path)) {
    const key = keyOfOption.get(name)
    if (key === undefined) {
      warnings.push(`${path}, line ${number}: this server has no option '${name}'; skipped`)
      continue
    }
    // Several lines of `save` are one list; an empty one begins it anew.
    const value = words.join(' ')
    const isContinued = key === 'save' && given.save !== undefined && value !== ''
    setValue(given, key, `${path}, line ${number}: ${name}`, isContinued ? `${formatGiven(given)} ${value}` : value)
  }
  return { settings: given, warnings }
}

function formatGiven(given: Partial<Settings>): string {
  return settings.save.kind.format(given.save ?? [])
}

function parseOptions(words: readonly string[]): CommandLine {
  const values = new Map<string, string[]>()
  for (const token of tokensOf(words)) {
    if (token.kind === 'option') {
      if (token.name === 'help' || token.name === 'version') return { kind: token.name }
      values.set(token.name, [token.value ?? ''])
    } else if (token.kind === 'positional') {
      const last = [...values.values()].at(-1)
      if (last === undefined) throw new CommandLineError(`unexpected argument '${token.value}'`)
      last.push(token.value)
    }
  }
  const given: Partial<Settings> = {}
  for (const [name, parts] of values) assign(given, name, parts.join(' '))
  return { kind: 'run', settings: given, file: null }
}

function tokensOf(words: readonly string[]) {
  const options: ParseArgsOptionsConfig = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  }
  for (const name of keyOfOption.keys()) options[name] = { type: 'string' }
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, tokens: true }).tokens
  } catch (error) {
    // parseArgs throws a TypeError whose first sentence says it all.
    const sentence = error instanceof Error ? error.message.split(/\.\s|\n/)[0]! : String(error)
    throw new CommandLineError(sentence.charAt(0).toLowerCase() + sentence.slice(1), { cause: error })
  }
}

function assign(given: Partial<Settings>, name: string, value: string): void {
  const key = keyOfOption.get(name)
  if (key === undefined) throw new CommandLineError(`unknown option '--${name}'`)
  setValue(given, key, `--${name}`, value)
}

function setValue<K extends Key>(given: Partial<Settings>, key: K, name: string, value: string): void {
  try {
    given[key] = settings[key].kind.parse(value, given[key] ?? settings[key].default)
  } catch (error) {
    if (!(error instanceof InvalidSettingError)) throw error
    throw new CommandLineError(`${name} '${value}': ${error.message}`, { cause: error })
  }
}

/** The text of --help. */
export function helpText(): string {
  const rows = keys.map((key) => {
    const { names, kind, default: initial, summary } = settings[key]
    const shown = formatDefault(key, initial)
    return [`  --${names[0]} <${kind.placeholder}>`, shown === '' ? summary : `${summary} Default: ${shown}.`]
  })
  const width = Math.max(...rows.map(([option]) => option!.length)) + 2
  const lines = rows.map(([option, summary]) => option!.padEnd(width) + summary)
  return `repl-server: a replicated, durable, in-memory key space that Redis clients can talk to.

Usage: repl-server [file like redis.conf] [options]

${lines.join('\n')}
${'  --help, --version'.padEnd(width)}Say this, or the version, and end.

Bytes may be written as 1kb, 64mb, 1gb. --slaveof is another name of --replicaof.
`
}

function formatDefault<K extends Key>(key: K, value: Settings[K]): string {
  return settings[key].kind.format(value)
}
