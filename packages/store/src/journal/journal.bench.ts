import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandArguments } from '../commands/command-arguments.ts'
import { decodeCommand } from './command-stream.ts'
import { type FsyncPolicy, Journal } from './journal.ts'

/** `node packages/store/src/journal/journal.bench.ts`: rates of the journal's hot paths, on this machine. */

const COMMANDS = 4_000_000
const PER_TURN = 5_000

const args = CommandArguments.of('SET', 'key:000000000001', Buffer.alloc(97, 0x78))

async function benchAppend(directory: string | null, fsync: FsyncPolicy): Promise<Journal> {
  const options = { memoryBytes: 64 << 20, segmentBytes: 64 << 20, retainBytes: 0, startOffset: 0 }
  const journal = await Journal.open({ directory, replicationId: 'a'.repeat(40), fsync, ...options })
  const start = performance.now()
  let inAppend = 0
  for (let done = 0; done < COMMANDS; done += PER_TURN) {
    const turn = performance.now()
    for (let i = 0; i < PER_TURN; i++) journal.append(args)
    inAppend += performance.now() - turn
    await new Promise((resolve) => setImmediate(resolve))
  }
  await journal.whenDurable(journal.endOffset)
  const seconds = (performance.now() - start) / 1000
  const where = directory === null ? 'memory' : fsync
  const perSecond = (COMMANDS / (inAppend / 1000) / 1e6).toFixed(2)
  const throughput = (journal.endOffset / seconds / 1e6).toFixed(0)
  console.log(
    `append (${where}): ${perSecond} M/s in append; until durable ${seconds.toFixed(2)} s, ${throughput} MB/s`,
  )
  return journal
}

async function benchRead(journal: Journal): Promise<void> {
  const start = performance.now()
  const decoded = new CommandArguments()
  let count = 0
  let rest: Buffer = Buffer.alloc(0)
  using reader = journal.reader(journal.firstOffset)
  for (;;) {
    const piece = await reader.next(1 << 20)
    if (piece === null) break
    const bytes: Buffer = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    let position = 0
    for (;;) {
      const next = decodeCommand(bytes, position, bytes.length, decoded)
      if (next === -1) break
      position = next
      count++
    }
    rest = bytes.subarray(position)
  }
  const seconds = (performance.now() - start) / 1000
  const throughput = (journal.endOffset / seconds / 1e6).toFixed(0)
  console.log(`read and decode: ${(count / seconds / 1e6).toFixed(2)} M/s, ${throughput} MB/s`)
}

await (await benchAppend(null, 'no')).close()
for (const fsync of ['no', 'everysec', 'always'] as const) {
  const directory = mkdtempSync(join(tmpdir(), 'journal-bench-'))
  const journal = await benchAppend(directory, fsync)
  await benchRead(journal)
  await journal.close()
  const start = performance.now()
  const options = { memoryBytes: 64 << 20, segmentBytes: 64 << 20, retainBytes: 0, startOffset: 0 }
  const again = await Journal.open({ directory, replicationId: 'a'.repeat(40), fsync, ...options })
  console.log(`recovery of ${(again.endOffset / 1e6).toFixed(0)} MB: ${(performance.now() - start).toFixed(0)} ms`)
  await again.close()
  rmSync(directory, { recursive: true })
}
