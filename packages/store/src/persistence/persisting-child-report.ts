/** What a persisting child is told, once. */
export interface PersistingOrder {
  /** The file's real name, an absolute path. */
  readonly path: string
}

/** How a persisting child's work ended. */
export type PersistingChildReport =
  | { readonly type: 'complete'; readonly size: number; readonly crc64: string }
  | { readonly type: 'failed'; readonly systemCode: string | null; readonly message: string }

/** The exit codes of a persisting child. */
export const PersistingChildExit = {
  /** The file has its real name; the report says `complete`. */
  COMPLETE: 0,
  /** There is no file; the report says `failed`. */
  FAILED: 1,
  /** The input ended before it was complete: its parent is gone. There is no file. */
  ABANDONED: 2,
} as const

/** The name of the file that a persisting child writes before it gives it the real name. */
export function persistingFileName(path: string, processId: number): string {
  return `${path}${PERSISTING_SUFFIX}${processId}`
}

/** Whether a file is one that a persisting child writes, or has left; its process id, or null. */
export function persistingProcessOf(fileName: string): number | null {
  const match = /\.tmp-(\d+)$/.exec(fileName)
  return match === null ? null : Number(match[1])
}

const PERSISTING_SUFFIX = '.tmp-'

/** Whether a message of the parent is an order. */
export function isPersistingOrder(message: unknown): message is PersistingOrder {
  return typeof message === 'object' && message !== null && 'path' in message && typeof message.path === 'string'
}

/** Whether a message of a child is a report. */
export function isPersistingChildReport(message: unknown): message is PersistingChildReport {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  if (message.type === 'complete') {
    return (
      'size' in message && typeof message.size === 'number' && 'crc64' in message && typeof message.crc64 === 'string'
    )
  }
  if (message.type !== 'failed' || !('systemCode' in message) || !('message' in message)) return false
  const isCode = typeof message.systemCode === 'string' || message.systemCode === null
  return isCode && typeof message.message === 'string'
}
