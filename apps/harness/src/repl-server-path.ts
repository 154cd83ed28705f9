import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Where the program `repl-server` lies: what the package @repl/server declares as its bin.
 * @throws Error when the package declares none
 */
export function replServerPath(): string {
  const manifest = new URL(import.meta.resolve('@repl/server/package.json'))
  const content: { bin?: Record<string, string> } = JSON.parse(readFileSync(manifest, 'utf8'))
  const path = content.bin?.['repl-server']
  if (path === undefined) throw new Error(`${fileURLToPath(manifest)} declares no bin 'repl-server'`)
  return fileURLToPath(new URL(path, manifest))
}
