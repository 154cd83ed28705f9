import type { Duplex } from 'node:stream'
import { masterMessageCodec } from '../messages/master-message.ts'
import type { MasterMessage, SlaveMessage, SnapshotMessage } from '../messages/message-types.ts'
import { slaveMessageCodec } from '../messages/slave-message.ts'
import { snapshotMessageCodec } from '../messages/snapshot-message.ts'
import { MessageConnection, type MessageConnectionOptions } from './message-connection.ts'

/** What the functions below take: the codecs are theirs. */
export type ConnectionHandlers<Out, In> = Omit<MessageConnectionOptions<Out, In>, 'outgoing' | 'incoming'>

/** The slave's end of a link. */
export function connectLink(
  stream: Duplex,
  handlers: ConnectionHandlers<SlaveMessage, MasterMessage>,
): MessageConnection<SlaveMessage, MasterMessage> {
  return new MessageConnection(stream, { ...handlers, outgoing: slaveMessageCodec, incoming: masterMessageCodec })
}

/** The master's end of any new connection. On a `snapshotRequest`, `detach` it and go on with {@link acceptSnapshotFetch}. */
export function acceptLink(
  stream: Duplex,
  handlers: ConnectionHandlers<MasterMessage, SlaveMessage>,
): MessageConnection<MasterMessage, SlaveMessage> {
  return new MessageConnection(stream, { ...handlers, outgoing: masterMessageCodec, incoming: slaveMessageCodec })
}

/** The slave's end of a FetchSnapshot connection. */
export function connectSnapshotFetch(
  stream: Duplex,
  handlers: ConnectionHandlers<SlaveMessage, SnapshotMessage>,
): MessageConnection<SlaveMessage, SnapshotMessage> {
  return new MessageConnection(stream, { ...handlers, outgoing: slaveMessageCodec, incoming: snapshotMessageCodec })
}

/** The master's end of a FetchSnapshot connection, once its request has been read. */
export function acceptSnapshotFetch(
  stream: Duplex,
  handlers: ConnectionHandlers<SnapshotMessage, SlaveMessage>,
): MessageConnection<SnapshotMessage, SlaveMessage> {
  return new MessageConnection(stream, { ...handlers, outgoing: snapshotMessageCodec, incoming: slaveMessageCodec })
}
