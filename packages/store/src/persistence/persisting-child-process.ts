import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Child, ChildEnd, ChildLauncher } from '../children/child-launcher.ts'
import type { Disk } from '../disk/disk.ts'
import { PersistingChildError } from './persisting-child-error.ts'
import {
  isPersistingChildReport,
  type PersistingChildReport,
  type PersistingOrder,
  persistingFileName,
} from './persisting-child-report.ts'

/** Beside this file in the sources as in the bundle, whichever module format that is. */
const CHILD_PATH = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './persisting-child.ts' : './persisting-child.js', import.meta.url),
)

/** The parent's side of a persisting child: its input, and how it ended. */
export class PersistingChildProcess {
  readonly #child: Child
  readonly #disk: Disk
  readonly #path: string
  readonly #reports: readonly PersistingChildReport[]
  #queuedBytes = 0
  #onDrained: (() => void) | null = null
  #isClosed = false

  /** Settles when the process is gone and its temporary file too, whatever happened. */
  readonly outcome: Promise<{ size: number; crc64: string } | PersistingChildError>

  /** Starts a child that writes `path`. @throws PersistingChildError where it can't be started */
  static async start(children: ChildLauncher, disk: Disk, path: string): Promise<PersistingChildProcess> {
    const order: PersistingOrder = { path: resolve(path) }
    const reports: PersistingChildReport[] = []
    const onMessage = (message: unknown) => {
      if (isPersistingChildReport(message)) reports.push(message)
    }
    try {
      const child = await children.start({ program: CHILD_PATH, order, onMessage })
      return new PersistingChildProcess(child, disk, path, reports)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new PersistingChildError('PERSISTING_CHILD_DIED', `could not be started: ${reason}`, {
        systemCode: systemCodeOf(error),
      })
    }
  }

  private constructor(child: Child, disk: Disk, path: string, reports: readonly PersistingChildReport[]) {
    this.#child = child
    this.#disk = disk
    this.#path = path
    this.#reports = reports
    // What comes back is its end: how the child ended says more than the broken line that follows from it.
    child.line.resume()
    this.outcome = this.#waitForEnd()
  }

  get processId(): number {
    return this.#child.processId
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
    const { line } = this.#child
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32LE(piece.length)
    this.#queuedBytes += piece.length
    line.cork()
    line.write(length)
    line.write(piece, () => {
      this.#queuedBytes -= piece.length
      onReleased(piece)
      this.#onDrained?.()
    })
    line.uncork()
  }

  /** Says that the file is complete. */
  complete(): void {
    this.#child.line.end(Buffer.alloc(4))
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
    this.#child.kill()
  }

  async #waitForEnd(): Promise<{ size: number; crc64: string } | PersistingChildError> {
    const end = await this.#child.ended
    this.#isClosed = true
    this.#child.line.destroy()
    this.#onDrained?.()
    const report = this.#reports.at(-1) ?? null
    if (report?.type === 'complete') return report
    return this.#errorFrom(report, end, await this.#removeTemporaryFile())
  }

  /** A child that was killed could not do it itself. Returns what went wrong with it, for people. */
  async #removeTemporaryFile(): Promise<string> {
    try {
      await this.#disk.unlink(persistingFileName(this.#path, this.#child.processId))
    } catch (error) {
      // Any other error: the file stays until the folder is next cleared of leftovers.
      if (systemCodeOf(error) !== 'ENOENT') return String(error)
    }
    return ''
  }

  #errorFrom(report: PersistingChildReport | null, end: ChildEnd, removal: string): PersistingChildError {
    const { exitCode, signal } = end
    if (report?.type === 'failed') {
      return new PersistingChildError('PERSISTING_CHILD_FAILED', `${this.#path} can't be written: ${report.message}`, {
        exitCode,
        systemCode: report.systemCode,
      })
    }
    const how =
      signal !== null ? `was ended by ${signal}` : exitCode === null ? 'was lost' : `exited with code ${exitCode}`
    const said = `${end.errorOutput} ${removal}`.trim()
    const message = `the persisting child of ${this.#path} ${how}${said === '' ? '' : `: ${said}`}`
    return new PersistingChildError('PERSISTING_CHILD_DIED', message, { exitCode, signal })
  }
}

function systemCodeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  if ('systemCode' in error && typeof error.systemCode === 'string') return error.systemCode
  return 'code' in error && typeof error.code === 'string' ? error.code : null
}
