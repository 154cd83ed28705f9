/** Too much waits to be sent: the sender did not heed the backpressure. The connection is closed with this error. */
export class SendBufferError extends Error {
  override readonly name = 'SendBufferError'
  readonly code = 'SEND_BUFFER_FULL'

  constructor(pending: number, length: number, limit: number) {
    super(`${pending} bytes wait to be sent, and ${length} more would pass the limit of ${limit} bytes`)
  }
}
