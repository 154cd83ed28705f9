import { styleText } from 'node:util'
import { formatBytes, formatCount, formatDuration } from '@repl/harness'

const BAR_WIDTH = 30
const CLEAR_LINE = '\r\u001B[2K'

/** Where the demo is written to. */
export interface Output {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** One of the eight steps, to be shown. */
export interface ShownStep {
  readonly number: number
  readonly name: string
  /** 0 for a step that moves none. */
  readonly bytes: number
  readonly milliseconds: number
  readonly detail: string
}

/** The demo's output: plain lines, and on a terminal colours and a bar that moves. */
export class Screen {
  readonly isTerminal: boolean
  readonly #output: Output
  #hasBar = false

  constructor(output: Output) {
    this.#output = output
    this.isTerminal = output.isTTY === true
  }

  /** A headline, with an empty line before it. */
  title(text: string): void {
    this.line(`\n${this.#style('bold', text)}`)
  }

  line(text: string): void {
    this.#output.write(`${this.#hasBar ? CLEAR_LINE : ''}${text}\n`)
    this.#hasBar = false
  }

  /** A line with a name in front. */
  fact(name: string, text: string): void {
    this.line(`  ${name.padEnd(10)} ${text}`)
  }

  /** A check that was passed. */
  passed(text: string): void {
    this.line(`  ${this.#style('green', 'ok')}  ${text}`)
  }

  step(step: ShownStep): void {
    this.line(this.#style('cyan', renderStepHead(step)) + renderStepRest(step))
  }

  /** Shows how far something is, on a terminal only; the next line takes its place. */
  bar(name: string, done: number, total: number, format = formatCount): void {
    if (!this.isTerminal || total <= 0) return
    this.#output.write(`${CLEAR_LINE}${renderBar(name, done, total, format)}`)
    this.#hasBar = true
  }

  #style(format: 'bold' | 'cyan' | 'green', text: string): string {
    return this.isTerminal ? styleText(format, text) : text
  }
}

function renderStepHead({ number }: ShownStep): string {
  return `[${number}/8]`
}

function renderStepRest({ name, bytes, milliseconds, detail }: ShownStep): string {
  const size = bytes === 0 ? '' : formatBytes(bytes)
  // The log counts whole milliseconds.
  const time = milliseconds < 1 ? '< 1 ms' : formatDuration(Math.round(milliseconds)).replace('.0 ms', ' ms')
  return ` ${name.padEnd(24)} ${size.padStart(10)} ${time.padStart(8)}  ${detail}`
}

/** A step as a plain line. */
export function renderStep(step: ShownStep): string {
  return renderStepHead(step) + renderStepRest(step)
}

/** A progress bar as text. */
export function renderBar(name: string, done: number, total: number, format: (amount: number) => string): string {
  const share = Math.min(1, Math.max(0, done / total))
  const filled = Math.round(share * BAR_WIDTH)
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled)
  const percent = String(Math.floor(share * 100)).padStart(3)
  return `      ${name.padEnd(24)} ${bar} ${percent} %  ${format(done)} of ${format(total)}`
}
