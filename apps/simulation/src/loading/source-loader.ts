import { registerHooks } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A change of one line of the sources, for as long as this process lives. */
export interface SourceChange {
  /** Below `packages`: `store/src/store/history.ts`. */
  readonly file: string
  /** Must be in the file exactly once. */
  readonly find: string
  readonly replace: string
}

const PACKAGES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..', 'packages')

/** The project's packages come from their sources, so that they can be changed; all others from where they are. */
const PACKAGE_NAME = /^@repl\/([a-z]+)(?:\/(simulation))?$/

/** What is left of the changes that were asked for. */
const pending: SourceChange[] = []

/**
 * Has the project's packages loaded from their sources, with changes. To be called before any of them is imported.
 * Importing a file throws where what is to be changed is not there.
 */
export function loadFromSources(changes: readonly SourceChange[]): void {
  pending.push(...changes)
  const byUrl = Map.groupBy(changes, ({ file }) => pathToFileURL(join(PACKAGES, file)).href)
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const name = PACKAGE_NAME.exec(specifier)
      if (name === null) return nextResolve(specifier, context)
      const path = join(PACKAGES, name[1]!, 'src', `${name[2] ?? 'index'}.ts`)
      return { url: pathToFileURL(path).href, format: 'module-typescript', shortCircuit: true }
    },
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const own = byUrl.get(url)
      if (own === undefined) return loaded
      const source = own.reduce(change, Buffer.from(loaded.source as Uint8Array).toString('utf8'))
      return { ...loaded, source }
    },
  })
}

/** @throws Error where a file that was to be changed has not been loaded */
export function checkAllChanged(): void {
  const [missing] = pending
  if (missing !== undefined) throw new Error(`${missing.file} was not loaded, so nothing of it could be changed`)
}

function change(source: string, wanted: SourceChange): string {
  const parts = source.split(wanted.find)
  if (parts.length !== 2) {
    throw new Error(`${wanted.file} has this ${parts.length - 1} times, and should have it once: ${wanted.find}`)
  }
  pending.splice(pending.indexOf(wanted), 1)
  return parts.join(wanted.replace)
}
