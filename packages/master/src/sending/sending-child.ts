import { Socket } from 'node:net'
import { RateLimiter } from './rate-limiter.ts'
import { sendFile } from './send-file.ts'
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
  if (socket instanceof Socket) takeRates(limiter)
  void sendFile(order, stream, report, undefined, limiter).then(finish)
})

/** The line to the master's process brings a new rate now and then, each in decimal digits with a line feed. */
function takeRates(limiter: RateLimiter): void {
  let text = ''
  new Socket({ fd: 0 })
    .on('data', (chunk) => {
      const lines = (text + chunk.toString('latin1')).split('\n')
      text = lines.pop() ?? ''
      const rate = Number(lines.at(-1))
      if (lines.length > 0 && Number.isSafeInteger(rate) && rate >= 0) limiter.rate = rate
    })
    // The master's process is gone or has closed it: 'disconnect' says so.
    .on('error', () => undefined)
}

function finish(message: SendingReport): void {
  if (!process.connected) process.exit(0)
  process.send?.(message, () => process.exit(0))
}
