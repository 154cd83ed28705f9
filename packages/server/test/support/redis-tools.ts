import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawClient } from './raw-client.ts'
import { runProgram, TemporaryFolder } from './server-process.ts'

/** Whether Debian's redis-server, redis-cli, redis-benchmark and redis-check-rdb are here. */
export const hasRedisTools = ['redis-server', 'redis-cli', 'redis-benchmark', 'redis-check-rdb'].every(
  (program) => spawnSync(program, ['--version']).status === 0,
)

/** What a test that is skipped says. */
export const WITHOUT_REDIS_TOOLS = 'skipped: redis-server and redis-tools (Debian packages) are not installed'

/** Runs redis-cli against a port and returns what it prints. Anything on standard error is a failure. */
export async function redisCli(port: number, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram('redis-cli', ['-p', String(port), ...words])
  if (stderr !== '') throw new Error(`redis-cli ${words.join(' ')} (code ${code}) said: ${stderr}`)
  return stdout.trimEnd()
}

/** A redis-server of the test's own. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly #process: ChildProcess
  readonly #folder = new TemporaryFolder()

  private constructor(port: number) {
    this.port = port
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', this.#folder.path]
    this.#process = spawn('redis-server', options, { stdio: 'ignore' })
  }

  /** Starts one and waits until it answers. */
  static async start(port?: number): Promise<RedisServer> {
    const redis = new RedisServer(port ?? (await freePort()))
    while (redis.#process.exitCode === null) {
      const answer = await RawClient.exchange(redis.port, 'PING\r\nQUIT\r\n').catch(() => '')
      if (answer.startsWith('+PONG')) return redis
      await sleep(20)
    }
    throw new Error(`redis-server ended with ${redis.#process.exitCode}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.kill('SIGKILL')
      await ended
    }
    this.#folder[Symbol.dispose]()
  }
}

/** A port that is free now; redis-server has no "any free one". */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return address.port
}
