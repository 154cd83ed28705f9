import { GlobPattern } from '@repl/store'
import { type PresentOption, quoted, rewriteConfigFile } from './config-file.ts'
import { InvalidSettingError } from './setting-kind.ts'
import { type Setting, type Settings, settings } from './settings.ts'

type Key = keyof Settings

const keys = Object.keys(settings) as Key[]

/** The key of each name, in lower case, that a setting is known by. */
const keyOfName: ReadonlyMap<string, Key> = new Map(
  keys.flatMap((key) => settings[key].names.map((name): [string, Key] => [name, key])),
)

/** Why a CONFIG SET was refused, in Redis's words. Nothing has been changed. */
export class ConfigurationError extends Error {
  readonly code = 'CONFIGURATION_REFUSED'
  override readonly name = 'ConfigurationError'
}

/**
 * The values of all settings while the server runs. What depends on one either reads `values` when it needs it or
 * is told by `onChange`.
 */
export class Configuration {
  readonly values: Settings
  /** The path of the file that the settings came from, or null. */
  file: string | null = null
  /** What can be asked for but never changes here: Redis's settings that tools look at. */
  readonly #fixed: ReadonlyMap<string, () => string>
  readonly #listeners = new Map<Key, (() => void)[]>()

  constructor(given: Partial<Settings> = {}, fixed: ReadonlyMap<string, () => string> = new Map()) {
    this.values = { ...defaultSettings(), ...given }
    this.#fixed = fixed
  }

  /**
   * Writes the present values into the file that they came from: CONFIG REWRITE.
   * @param present values that have changed by other ways than CONFIG SET
   * @throws ConfigurationError without a file; ConfigFileError
   */
  rewrite(present: Partial<Settings>): void {
    if (this.file === null) throw new ConfigurationError('The server is running without a config file')
    const values = { ...this.values, ...present }
    const options = new Map(keys.map((key) => [settings[key].names[0], presentOption(key, values)]))
    rewriteConfigFile(this.file, options, (name) => {
      const key = keyOfName.get(name)
      return key === undefined ? undefined : settings[key].names[0]
    })
  }

  /** Calls `listener` after the value of `key` has changed. */
  onChange(key: Key, listener: () => void): void {
    const listeners = this.#listeners.get(key)
    if (listeners === undefined) this.#listeners.set(key, [listener])
    else listeners.push(listener)
  }

  /** Names and values of all settings that one of the patterns matches, each name once: CONFIG GET. */
  get(patterns: readonly string[]): Map<string, string> {
    const found = new Map<string, string>()
    const globs = patterns.map((pattern) => new GlobPattern(Buffer.from(pattern.toLowerCase())))
    for (const [name, read] of this.#all()) {
      const bytes = Buffer.from(name)
      if (globs.some((glob) => glob.matches(bytes, 0, bytes.length))) found.set(name, read())
    }
    return found
  }

  /**
   * Changes all the settings or, where one is refused, none: CONFIG SET.
   * @throws ConfigurationError
   */
  set(changes: readonly (readonly [name: string, text: string])[]): void {
    const apply: (() => void)[] = []
    const changed = new Set<Key>()
    for (const [name, text] of changes) {
      const key = keyOfName.get(name.toLowerCase())
      if (key === undefined && !this.#fixed.has(name.toLowerCase())) {
        throw new ConfigurationError(`Unknown option or number of arguments for CONFIG SET - '${name}'`)
      }
      if (key === undefined || !settings[key].isChangeable) throw refused(name, "can't set immutable config")
      if (changed.has(key)) throw refused(name, 'duplicate parameter')
      changed.add(key)
      apply.push(this.#change(key, name, text))
    }
    for (const change of apply) change()
    for (const key of changed) for (const listener of this.#listeners.get(key) ?? []) listener()
  }

  #change<K extends Key>(key: K, name: string, text: string): () => void {
    try {
      const value: Settings[K] = settings[key].kind.parse(text, this.values[key])
      return () => {
        this.values[key] = value
      }
    } catch (error) {
      if (error instanceof InvalidSettingError) throw refused(name, error.message)
      throw error
    }
  }

  *#all(): Generator<[string, () => string]> {
    for (const key of keys) for (const name of settings[key].names) yield [name, () => this.#format(key)]
    yield* this.#fixed
  }

  #format<K extends Key>(key: K): string {
    const { kind }: Setting<Settings[K]> = settings[key]
    return kind.format(this.values[key])
  }
}

function presentOption<K extends Key>(key: K, values: Settings): PresentOption {
  const { kind, default: initial, names }: Setting<Settings[K]> = settings[key]
  const text = kind.format(values[key])
  // These are lists of words in the file, and one value everywhere else.
  const isList = text !== '' && LISTS.has(names[0])
  return { value: isList ? text : quoted(text), isDefault: text === kind.format(initial) }
}

const LISTS: ReadonlySet<string> = new Set(['bind', 'save', 'replicaof', 'client-output-buffer-limit'])

/** The settings as they are when nobody says anything. */
export function defaultSettings(): Settings {
  // SettingTable has every key of Settings, each with a default of its type.
  return Object.fromEntries(keys.map((key) => [key, settings[key].default])) as unknown as Settings
}

function refused(name: string, reason: string): ConfigurationError {
  return new ConfigurationError(`CONFIG SET failed (possibly related to argument '${name}') - ${reason}`)
}
