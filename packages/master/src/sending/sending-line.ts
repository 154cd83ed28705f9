import type { Duplex } from 'node:stream'

/**
 * What the master's process tells a sending child that has the slave's socket while it sends: `rate` and a number of
 * bytes per second, 0 for any; `size` and the number of bytes that the file has come to. A line of text for each.
 */
export interface SendingLineListener {
  onRate(bytesPerSecond: number): void
  onSize(bytes: number): void
}

const LONGEST_LINE = 64

/** One line. */
export function sendingLine(name: 'rate' | 'size', value: number): string {
  return `${name} ${value}\n`
}

/** Reads the lines that come. What is no such line is left out: an older or newer parent can't be behind it. */
export function readSendingLines(stream: Duplex, { onRate, onSize }: SendingLineListener): void {
  let text = ''
  stream
    .on('data', (chunk: Buffer) => {
      const lines = (text + chunk.toString('latin1')).split('\n')
      text = (lines.pop() ?? '').slice(0, LONGEST_LINE)
      for (const line of lines) {
        const [name, digits] = line.split(' ')
        const value = Number(digits)
        if (!Number.isSafeInteger(value) || value < 0) continue
        if (name === 'rate') onRate(value)
        else if (name === 'size') onSize(value)
      }
    })
    // The master's process is gone or has closed it: other news tells so.
    .on('error', () => undefined)
}
