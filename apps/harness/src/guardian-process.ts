import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** The guardian's own process; see guardian.ts. Orders come as lines on its standard input. */
const directory = process.argv[2]
const watched = new Set<number>()
let isDismissed = false

for await (const line of createInterface({ input: process.stdin })) {
  const [order, argument] = line.split(' ')
  if (order === 'watch') watched.add(Number(argument))
  else if (order === 'forget') watched.delete(Number(argument))
  else if (order === 'dismiss') isDismissed = true
}

if (!isDismissed) {
  for (const pid of watched) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  // A killed server's files may appear for a moment yet.
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}
