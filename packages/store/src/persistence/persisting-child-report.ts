/** The file descriptor on which a persisting child reports, in one line of JSON, how its work ended. */
export const REPORT_DESCRIPTOR = 3

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

/** Reads a report; null if the text is none. */
export function parsePersistingChildReport(text: string): PersistingChildReport | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return null
  if (value.type === 'complete' && 'size' in value && 'crc64' in value) {
    const { size, crc64 } = value
    return typeof size === 'number' && typeof crc64 === 'string' ? { type: 'complete', size, crc64 } : null
  }
  if (value.type === 'failed' && 'systemCode' in value && 'message' in value) {
    const { systemCode, message } = value
    const isCode = typeof systemCode === 'string' || systemCode === null
    return isCode && typeof message === 'string' ? { type: 'failed', systemCode, message } : null
  }
  return null
}
