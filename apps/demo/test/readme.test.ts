import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePorts } from '@repl/harness'
import { expect, test } from 'vitest'

const README = new URL('../../../README.md', import.meta.url)

test('the API in ten lines runs as the README has it', async () => {
  const block = /```ts\n([\s\S]*?)```/.exec(readFileSync(README, 'utf8'))![1]!
  const directory = mkdtempSync(join(tmpdir(), 'repl-readme-'))
  try {
    const [port] = await findFreePorts(1)
    const program = block
      .replaceAll("'./", `'${directory}/`)
      .replaceAll('6380', String(port))
      .concat("copy.set('own', 'write')\nawait slave.close()\nawait master.close()\n")
      .concat('await copy.close()\nawait store.close()\n')
    // A name is looked up from the folder that `-e` runs in.
    const cwd = fileURLToPath(new URL('..', import.meta.url))
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { cwd, timeout: 60_000 })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const [exitCode] = await once(child, 'close')
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'hello\n' })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}, 120_000)
