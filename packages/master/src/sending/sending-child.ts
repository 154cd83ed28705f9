import { Socket } from 'node:net'
import { RateLimiter } from './rate-limiter.ts'
import { sendFile } from './send-file.ts'
import { readSendingLines } from './sending-line.ts'
import { isSendingOrder, type SendingReport } from './sending-messages.ts'

/**
 * The sending child (step 6): takes one order and the slave's socket from the master's process, sends the file,
 * reports, and ends. It ends at once when the process that started it does.
 */
function report(message: SendingReport): void {
  if (process.connected) process.send?.(message)
}

process.on('disconnect', () => process.exit(0))

process.once('message', (order: unknown, socket: unknown) => {
  if (!isSendingOrder(order)) throw new Error('the sending child got no order that it understands')
  if (order.hasSocket && !(socket instanceof Socket)) {
    // The connection was closed before it arrived here.
    finish({ type: 'broken', bytes: order.from, reason: 'the slave closed the connection' })
    return
  }
  // Without a socket the line to the master's process, descriptor 0, is the way to the slave.
  const stream = socket instanceof Socket ? socket : new Socket({ fd: 0 })
  const limiter = new RateLimiter()
  limiter.rate = order.bytesPerSecond ?? 0
  const { promise: written, resolve } = Promise.withResolvers<number>()
  if (socket instanceof Socket) {
    readSendingLines(new Socket({ fd: 0 }), {
      onRate: (bytesPerSecond) => {
        limiter.rate = bytesPerSecond
      },
      onSize: resolve,
    })
  }
  void sendFile(order, stream, report, { limiter, written }).then(finish)
})

function finish(message: SendingReport): void {
  if (!process.connected) process.exit(0)
  process.send?.(message, () => process.exit(0))
}
