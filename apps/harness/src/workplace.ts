import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Guardian } from './guardian.ts'
import { ServerProcess } from './server-process.ts'

const LOG_SUFFIX = '.log'

/** A temporary folder and the servers that work in it. Closing it ends them and removes it; so does this process's end. */
export class Workplace implements AsyncDisposable {
  readonly directory: string
  readonly #guardian: Guardian
  readonly #servers = new Set<ServerProcess>()
  #isClosed = false

  private constructor(directory: string, guardian: Guardian) {
    this.directory = directory
    this.#guardian = guardian
  }

  /** Makes the folder, its name beginning with `prefix`. */
  static async open(prefix: string): Promise<Workplace> {
    const directory = mkdtempSync(join(tmpdir(), prefix))
    try {
      return new Workplace(directory, await Guardian.start(directory))
    } catch (error) {
      rmSync(directory, { recursive: true, force: true })
      throw error
    }
  }

  /** A folder in here, made if it isn't there. */
  async folder(name: string): Promise<string> {
    const path = join(this.directory, name)
    await mkdir(path, { recursive: true })
    return path
  }

  /** Starts a server; its log is `<name>.log` in here, and goes on in the same file when it's started again. */
  async start(name: string, file: string, args: readonly string[]): Promise<ServerProcess> {
    const server = await ServerProcess.start({ name, file, args, logPath: join(this.directory, name + LOG_SUFFIX) })
    this.#guardian.watch(server.pid)
    this.#servers.add(server)
    void server.exited.then(() => {
      this.#servers.delete(server)
      this.#guardian.forget(server.pid)
    })
    return server
  }

  /** The last lines of every server's log, for whoever has to find out what went wrong. */
  logTails(lines: number): { name: string; tail: string }[] {
    return readdirSync(this.directory)
      .filter((name) => name.endsWith(LOG_SUFFIX))
      .map((name) => {
        const text = readFileSync(join(this.directory, name), 'utf8').trimEnd()
        return { name: name.slice(0, -LOG_SUFFIX.length), tail: text.split('\n').slice(-lines).join('\n') }
      })
  }

  /** Leaves everything as it is, running. */
  async leave(): Promise<void> {
    this.#isClosed = true
    for (const server of this.#servers) server.release()
    await this.#guardian.dismiss()
  }

  /** Ends every server and removes the folder. Does nothing after `leave`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.all([...this.#servers].map((server) => server.stop()))
    rmSync(this.directory, { recursive: true, force: true })
    await this.#guardian.dismiss()
  }
}
