import { Socket, type SocketConstructorOpts } from 'node:net'

/** How much is read at once. */
const READ_LENGTH = 64 * 1024

/** What all sockets are read into, one after the other: nobody may look at it after `onBytes` has returned. */
const shared = Buffer.allocUnsafeSlow(READ_LENGTH)

/**
 * Has an accepted socket read into a buffer that all connections share, where Node would make a buffer of 64 KiB for
 * every read. Measured on a server that answers and does nothing else: a fifth less time for each request without
 * pipelining, two fifths less with, and half the garbage collections.
 *
 * Node offers this (`onread`) for sockets that connect, and for accepted ones only through the handle that it keeps
 * to itself. Where a version of Node has no such handle, the socket is read as ever.
 * @param onBytes gets bytes[0, length)
 * @returns the socket to go on with; the one given is over, unless it is the same
 */
export function readIntoSharedBuffer(socket: Socket, onBytes: (bytes: Buffer, length: number) => void): Socket {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (!canUseBuffer(handle)) {
    socket.on('data', (bytes: Buffer) => onBytes(bytes, bytes.length))
    return socket
  }
  // The handle changes hands: without it, destroying the old socket only takes it off its server's list.
  Reflect.set(socket, '_handle', null)
  socket.destroy()
  const onread = {
    buffer: shared,
    callback: (length: number, bytes: Uint8Array): boolean => {
      onBytes(bytes as Buffer, length)
      return true
    },
  }
  // The types know only of handles that Node's own newer API has made.
  const options = { handle, allowHalfOpen: true, onread } as unknown as SocketConstructorOpts
  return new Socket(options)
}

function canUseBuffer(handle: unknown): boolean {
  return typeof handle === 'object' && handle !== null && typeof Reflect.get(handle, 'useUserBuffer') === 'function'
}
