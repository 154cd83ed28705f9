import { type ChildProcess, spawn } from 'node:child_process'
import { unlink } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { PersistingChildError } from './persisting-child-error.ts'
import {
  type PersistingChildReport,
  parsePersistingChildReport,
  persistingFileName,
  REPORT_DESCRIPTOR,
} from './persisting-child-report.ts'

/** So much of what a child says on its standard error goes into the error about its death. */
const KEPT_ERROR_OUTPUT = 2048
/** No report is longer. */
const LONGEST_REPORT = 16 * 1024

/** Beside this file in the sources as in the bundle, whichever module format that is. */
const CHILD_PATH = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './persisting-child.ts' : './persisting-child.js', import.meta.url),
)

/** The parent's side of a persisting child: its input, and how it ended. */
export class PersistingChildProcess {
  readonly #child: ChildProcess
  readonly #input: Writable
  readonly #path: string
  #queuedBytes = 0
  #onDrained: (() => void) | null = null
  #isClosed = false
  #errorOutput = ''
  #reportText = ''

  /** Settles when the process is gone and its temporary file too, whatever happened. */
  readonly outcome: Promise<{ size: number; crc64: string } | PersistingChildError>

  /** Starts a child that writes `path`. */
  constructor(path: string) {
    this.#path = path
    this.#child = spawn(process.execPath, [CHILD_PATH, path], { stdio: ['pipe', 'ignore', 'pipe', 'pipe'] })
    const { stdin, stderr } = this.#child
    const report = this.#child.stdio[REPORT_DESCRIPTOR]
    this.#input = stdin!
    // How the child ended says more than the broken pipe that follows from it.
    this.#input.on('error', () => {})
    collectText(stderr!, (text) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-KEPT_ERROR_OUTPUT)
    })
    collectText(report as Readable, (text) => {
      this.#reportText = (this.#reportText + text).slice(0, LONGEST_REPORT)
    })
    this.outcome = this.#waitForEnd()
  }

  /** Undefined if it could not be started. */
  get processId(): number | undefined {
    return this.#child.pid
  }

  /** Bytes that were given to `write` and are not with the child yet. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** Whether the process is gone; what is written then goes nowhere. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Sends a piece of the file; calls `onReleased` when its bytes are no longer needed. */
  write(piece: Buffer, onReleased: (piece: Buffer) => void): void {
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32LE(piece.length)
    this.#queuedBytes += piece.length
    this.#input.cork()
    this.#input.write(length)
    this.#input.write(piece, () => {
      this.#queuedBytes -= piece.length
      onReleased(piece)
      this.#onDrained?.()
    })
    this.#input.uncork()
  }

  /** Says that the file is complete. */
  complete(): void {
    this.#input.end(Buffer.alloc(4))
  }

  /** Resolves when at most `bytes` are queued, or the process is gone. */
  async drainedTo(bytes: number): Promise<void> {
    while (this.#queuedBytes > bytes && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve
      })
      this.#onDrained = null
    }
  }

  /** Ends the process at once. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #waitForEnd(): Promise<{ size: number; crc64: string } | PersistingChildError> {
    const end = await new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null } | Error>((resolve) => {
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) resolve(error)
      })
      // Not 'exit': the report and the error output have been read to their ends only now.
      this.#child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
    })
    this.#isClosed = true
    this.#input.destroy()
    this.#onDrained?.()
    if (end instanceof Error) {
      return new PersistingChildError('PERSISTING_CHILD_DIED', `could not be started: ${end.message}`, {
        systemCode: systemCodeOf(end),
      })
    }
    const report = parsePersistingChildReport(this.#reportText)
    if (report?.type === 'complete') return report
    await this.#removeTemporaryFile()
    return this.#errorFrom(report, end.exitCode, end.signal)
  }

  /** A child that was killed could not do it itself. */
  async #removeTemporaryFile(): Promise<void> {
    try {
      await unlink(persistingFileName(this.#path, this.#child.pid!))
    } catch (error) {
      // Any other error: the file stays until the folder is next cleared of leftovers.
      if (systemCodeOf(error) !== 'ENOENT') this.#errorOutput += String(error)
    }
  }

  #errorFrom(
    report: PersistingChildReport | null,
    exitCode: number | null,
    signal: NodeJS.Signals | null,
  ): PersistingChildError {
    if (report?.type === 'failed') {
      return new PersistingChildError('PERSISTING_CHILD_FAILED', `${this.#path} can't be written: ${report.message}`, {
        exitCode,
        systemCode: report.systemCode,
      })
    }
    const how = signal === null ? `exited with code ${exitCode}` : `was ended by ${signal}`
    const said = this.#errorOutput.trim()
    const message = `the persisting child of ${this.#path} ${how}${said === '' ? '' : `: ${said}`}`
    return new PersistingChildError('PERSISTING_CHILD_DIED', message, { exitCode, signal })
  }
}

function collectText(stream: Readable, add: (text: string) => void): void {
  stream.setEncoding('utf8')
  stream.on('data', add)
  stream.on('error', (error) => add(String(error)))
}

function systemCodeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
