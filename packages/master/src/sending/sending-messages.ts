/** What the master tells its sending child, once; the socket comes with it unless the bytes go through the parent. */
export interface SendingOrder {
  /** Where the file lies: in the first of these places where there is one. */
  readonly paths: readonly string[]
  /** The size of the whole file, in bytes; 0 while it is being written: the line then tells it when that is done. */
  readonly size: number
  /** The first byte to send. */
  readonly from: number
  /** The longest time without a byte going out, in ms. */
  readonly timeout: number
  /** At most so many bytes per second to begin with; 0 for any number. */
  readonly bytesPerSecond?: number
  /** zstd's level; 0 for a slave that is sent nothing compressed. */
  readonly compressionLevel?: number
  /** Whether the order comes with the slave's socket; otherwise descriptor 0 is the way. */
  readonly hasSocket: boolean
}

/** What the sending child reports: how far it is, and in the end why it ends. */
export type SendingReport =
  | { readonly type: 'progress'; readonly bytes: number; readonly wireBytes?: number }
  /** All bytes, and the end mark, have been handed to the system. */
  | { readonly type: 'sent'; readonly bytes: number; readonly wireBytes?: number }
  /** The slave went away: it may come back for the rest. */
  | { readonly type: 'broken'; readonly bytes: number; readonly reason: string }
  /** The file can't be read. */
  | { readonly type: 'failed'; readonly code: string; readonly reason: string }

/** Whether a message of a child process is a report. */
export function isSendingReport(message: unknown): message is SendingReport {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  if (message.type === 'failed') return 'reason' in message && typeof message.reason === 'string'
  const hasBytes = 'bytes' in message && typeof message.bytes === 'number'
  return hasBytes && (message.type === 'progress' || message.type === 'sent' || message.type === 'broken')
}

/** Whether a message of the parent process is an order. */
export function isSendingOrder(message: unknown): message is SendingOrder {
  return (
    typeof message === 'object' &&
    message !== null &&
    'paths' in message &&
    Array.isArray(message.paths) &&
    message.paths.every((path) => typeof path === 'string') &&
    'size' in message &&
    typeof message.size === 'number' &&
    'from' in message &&
    typeof message.from === 'number' &&
    'timeout' in message &&
    typeof message.timeout === 'number' &&
    'hasSocket' in message &&
    typeof message.hasSocket === 'boolean'
  )
}
