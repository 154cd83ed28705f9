import type { Redis } from 'ioredis'

const RECORDS_PER_PIPELINE = 1000
/** Pipelines that may be without an answer. */
const MAX_UNANSWERED = 4

/**
 * Sets every record, pipelined, several pipelines in flight.
 * @throws ReplyError of the first SET that is refused
 */
export async function loadRecords(
  client: Redis,
  records: ReadonlyMap<string, string>,
  onProgress: (loaded: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const entries = [...records]
  let taken = 0
  let loaded = 0
  const work = async (): Promise<void> => {
    while (taken < entries.length) {
      signal.throwIfAborted()
      const part = entries.slice(taken, taken + RECORDS_PER_PIPELINE)
      taken += part.length
      const pipeline = client.pipeline()
      for (const [key, value] of part) pipeline.set(key, value)
      for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error
      loaded += part.length
      onProgress(loaded)
    }
  }
  await Promise.all(Array.from({ length: MAX_UNANSWERED }, work))
}
