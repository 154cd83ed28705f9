import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const LOADER = fileURLToPath(new URL('./source-loader.ts', import.meta.url))

/** Runs a program that loads the store with a change of `history.ts`. */
async function load(find: string, replace: string): Promise<string> {
  const change = JSON.stringify({ file: 'store/src/store/history.ts', find, replace })
  const program = `
    const { loadFromSources, checkAllChanged } = await import(${JSON.stringify(LOADER)})
    loadFromSources([${change}])
    const { NO_REPLICATION_ID } = await import('@repl/store')
    checkAllChanged()
    console.log(NO_REPLICATION_ID)`
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  })
  return stdout.trim()
}

describe('loading from the sources', () => {
  it('changes a line of them', async () => {
    expect(await load("= '0'.repeat(40)", "= 'planted'")).toBe('planted')
  })

  it('fails where the line is there no more, or more than once', async () => {
    await expect(load('a line that nobody ever wrote', '')).rejects.toThrow('has this 0 times')
    await expect(load('offset', '')).rejects.toThrow('and should have it once')
  })
})
