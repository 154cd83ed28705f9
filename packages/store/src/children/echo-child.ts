/** A child for tests: answers its order with a message, and then sends back what comes on its line, or on its socket. */
import { Socket } from 'node:net'

process.once('message', (order: { say?: string; exitCode?: number }, socket?: Socket) => {
  process.send?.({ order, hasSocket: socket instanceof Socket })
  if (order.say !== undefined) console.error(order.say)
  if (order.exitCode !== undefined) process.exit(order.exitCode)
  const stream = socket ?? new Socket({ fd: 0 })
  stream.on('error', () => process.exit(3))
  stream.pipe(stream).on('finish', () => process.exit(0))
})
process.on('disconnect', () => process.exit(0))
