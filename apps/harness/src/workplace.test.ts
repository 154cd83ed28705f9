import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { isRunning } from './is-running.ts'
import { ServerEndedError } from './server-process.ts'
import { waitUntil } from './wait-until.ts'
import { Workplace } from './workplace.ts'

const FOREVER = 'setInterval(() => {}, 60_000)'
const signal = new AbortController().signal

test('closing ends the servers and removes the folder', async () => {
  const workplace = await Workplace.open('repl-harness-')
  const server = await workplace.start('sleeper', process.execPath, ['-e', FOREVER])
  expect(isRunning(server.pid)).toBe(true)
  await workplace[Symbol.asyncDispose]()
  expect(isRunning(server.pid)).toBe(false)
  expect(existsSync(workplace.directory)).toBe(false)
})

test('a server that ends by itself is reported with the end of its log', async () => {
  await using workplace = await Workplace.open('repl-harness-')
  const server = await workplace.start('failing', process.execPath, ['-e', 'console.log("no luck"); process.exit(3)'])
  await server.exited
  expect(() => server.assertRunning()).toThrow(ServerEndedError)
  expect(() => server.assertRunning()).toThrow(/exit code 3[\s\S]*no luck/)
})

test('tells the last lines of every log', async () => {
  await using workplace = await Workplace.open('repl-harness-')
  const server = await workplace.start('talking', process.execPath, ['-e', 'console.log("one\\ntwo\\nthree")'])
  await server.exited
  expect(workplace.logTails(2)).toEqual([{ name: 'talking', tail: 'two\nthree' }])
})

test('a program that is not there is an error, not a crash', async () => {
  await using workplace = await Workplace.open('repl-harness-')
  await expect(workplace.start('absent', '/no/such/program', [])).rejects.toThrow('ENOENT')
})

test('servers and folder go with a process that is killed', async () => {
  const program = `
    import { Workplace } from ${JSON.stringify(new URL('./workplace.ts', import.meta.url).href)}
    const workplace = await Workplace.open('repl-harness-')
    const server = await workplace.start('sleeper', process.execPath, ['-e', ${JSON.stringify(FOREVER)}])
    console.log(JSON.stringify({ pid: server.pid, directory: workplace.directory }))
    ${FOREVER}
  `
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: owner.stdout }), 'line')
  const { pid, directory } = JSON.parse(String(line))
  expect(isRunning(pid)).toBe(true)
  owner.kill('SIGKILL')
  const wait = { awaited: 'the guardian has tidied up', timeout: 30_000, signal }
  await waitUntil(wait, () => (isRunning(pid) || existsSync(directory) ? undefined : true))
}, 60_000)
