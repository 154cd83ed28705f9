import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandsPage } from './commands-page-text.ts'

/** Writes docs/commands.md from the command table: `pnpm --filter @repl/server commands:page`. */
const path = fileURLToPath(new URL('../../../docs/commands.md', import.meta.url))
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, commandsPage())
process.stdout.write(`${path}\n`)
