/** What a client broke, as a word that logs and counters can be matched on. */
export type RespProtocolErrorCode =
  | 'INVALID_MULTIBULK_LENGTH'
  | 'INVALID_BULK_LENGTH'
  | 'EXPECTED_BULK'
  | 'TOO_BIG_COUNT'
  | 'TOO_BIG_INLINE'
  | 'UNBALANCED_QUOTES'
  | 'UNAUTHENTICATED_LENGTH'
  | 'QUERY_BUFFER_LIMIT'

/**
 * A client sent what is no RESP request, or more than a limit allows. The connection is closed: where one request
 * ends and the next begins is no longer known.
 */
export class RespProtocolError extends Error {
  readonly code: RespProtocolErrorCode
  /** The error to send before closing, in Redis's own words; null where Redis closes without a word. */
  readonly replyText: string | null

  constructor(
    code: RespProtocolErrorCode,
    message: string,
    replyText: string | null = `ERR Protocol error: ${message}`,
  ) {
    super(message)
    this.name = 'RespProtocolError'
    this.code = code
    this.replyText = replyText
  }
}
