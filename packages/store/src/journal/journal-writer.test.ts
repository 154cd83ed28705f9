import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../disk/simulated-disk.ts'
import type { FsyncPolicy } from './fsync-policy.ts'
import { encodeCommand, ManualScheduler, openJournal, REPLICATION_ID, readAll } from './journal-fixture.ts'
import { JournalWriter } from './journal-writer.ts'
import { MemoryTail } from './memory-tail.ts'

const DIRECTORY = '/journal'

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('JournalWriter.writeNow', () => {
  const action = fc.oneof(
    fc.record({ type: fc.constant('append' as const), size: fc.nat(900) }),
    fc.record({ type: fc.constant('start' as const) }),
    fc.record({ type: fc.constant('microtasks' as const), count: fc.nat(6) }),
    fc.record({ type: fc.constant('turns' as const), count: fc.nat(4) }),
    fc.record({ type: fc.constant('writeNow' as const) }),
    fc.record({ type: fc.constant('tick' as const) }),
    fc.record({
      type: fc.constant('fault' as const),
      operation: fc.constantFrom('write', 'datasync', 'create'),
      after: fc.nat(2),
    }),
  )

  it('writes in its turn whatever is under way, and no byte twice, in the wrong place or not at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<FsyncPolicy>('always', 'everysec', 'no'),
        fc.array(action, { maxLength: 40 }),
        async (fsync, actions) => {
          const simulated = new SimulatedDisk()
          const disk = simulated.mount()
          const scheduler = new ManualScheduler()
          const tail = new MemoryTail(0, 1 << 20)
          const writer = new JournalWriter({
            disk,
            scheduler,
            directory: DIRECTORY,
            replicationId: REPLICATION_ID,
            segmentBytes: 400,
            random: () => 5,
            tail,
            segments: [],
            fsync,
            onProgress: () => {},
            onSegment: () => {},
            onFailure: () => {},
            onHealed: () => {},
          })
          await writer.settle()
          const stream: Buffer[] = []
          for (const current of actions) {
            if (current.type === 'append') {
              const bytes = encodeCommand('SET', 'key', Buffer.alloc(current.size, stream.length))
              tail.appendEncoded(bytes, 0, bytes.length)
              stream.push(bytes)
            } else if (current.type === 'start') writer.start()
            else if (current.type === 'microtasks') for (let i = 0; i < current.count; i++) await Promise.resolve()
            else if (current.type === 'turns') await turns(current.count)
            else if (current.type === 'tick') scheduler.fire()
            else if (current.type === 'writeNow') {
              const couldWrite = writer.failure === null
              writer.writeNow()
              if (couldWrite && writer.failure === null && writer.segments.length > 0) {
                expect(writer.writtenOffset).toBe(tail.endOffset)
              }
            } else {
              let left = current.after
              simulated.fault = (operation) => (operation === current.operation && left-- === 0 ? 'EIO' : null)
            }
          }
          simulated.fault = null
          for (let i = 0; i < 20 && writer.failure !== null; i++) {
            scheduler.fire()
            await writer.settle()
          }
          await writer.close()
          simulated.losePower()
          const journal = await openJournal({ directory: DIRECTORY, disk: simulated.mount(), scheduler })
          expect(journal.recoveryCut).toBeNull()
          expect(await readAll(journal, 0)).toEqual(Buffer.concat(stream))
        },
      ),
      { numRuns: Number(process.env['REPL_PROPERTY_RUNS'] ?? 150) },
    )
  })
})
