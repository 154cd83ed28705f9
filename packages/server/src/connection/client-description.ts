import type { Client } from './client-context.ts'

/** What a line of CLIENT LIST needs beside what commands may know of a client. */
export interface ConnectionFigures {
  readonly lastActiveAt: number
  readonly isMonitor: boolean
  readonly isClosing: boolean
  readonly isReading: boolean
  readonly requestBytes: number
  readonly requestCapacity: number
  /** Replies that wait here, and those that wait with the socket. */
  readonly outputBytes: number
  readonly outputCapacity: number
  readonly queuedBytes: number
}

/** The line of CLIENT LIST, with Redis's fields. */
export function describeClient(client: Client, figures: ConnectionFigures): string {
  const now = Date.now()
  const { channels, patterns, shardChannels, transaction } = client
  const { requestBytes, requestCapacity, outputBytes, outputCapacity, queuedBytes } = figures
  const multiBytes = transaction?.bytes ?? 0
  return (
    `id=${client.id} addr=${client.address} laddr=${client.localAddress} fd=-1 name=${client.name}` +
    ` age=${Math.floor((now - client.createdAt) / 1000)} idle=${Math.floor((now - figures.lastActiveAt) / 1000)}` +
    ` flags=${flagsOf(client, figures)} db=${client.database}` +
    ` sub=${channels.size} psub=${patterns.size} ssub=${shardChannels.size}` +
    ` multi=${transaction?.commands.length ?? -1} qbuf=${requestBytes}` +
    ` qbuf-free=${Math.max(0, requestCapacity - requestBytes)} argv-mem=0 multi-mem=${multiBytes}` +
    ` rbs=${outputCapacity} rbp=0 obl=${outputBytes} oll=0 omem=${queuedBytes}` +
    ` tot-mem=${requestCapacity + outputCapacity + queuedBytes + multiBytes}` +
    ` events=${figures.isReading ? 'r' : ''}${queuedBytes > outputBytes ? 'w' : ''}` +
    ` cmd=${client.lastCommand} user=default redir=-1 resp=${client.respVersion}` +
    ` lib-name=${client.libraryName} lib-ver=${client.libraryVersion}`
  )
}

function flagsOf(client: Client, { isMonitor, isClosing }: ConnectionFigures): string {
  const flags = [
    isMonitor ? 'O' : '',
    client.isSubscribed ? 'P' : '',
    client.transaction === null ? '' : 'x',
    client.isSuspended ? 'b' : '',
    client.watch.isBroken ? 'd' : '',
    isClosing ? 'c' : '',
    client.isNoEvict ? 'e' : '',
  ].join('')
  return flags === '' ? 'N' : flags
}
