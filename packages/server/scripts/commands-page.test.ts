import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commandsPage } from './commands-page-text.ts'

test('docs/commands.md is what the command table says', () => {
  const page = readFileSync(new URL('../../../docs/commands.md', import.meta.url), 'utf8')
  expect(page === commandsPage(), 'run `pnpm --filter @repl/server commands:page` and commit docs/commands.md').toBe(
    true,
  )
})
