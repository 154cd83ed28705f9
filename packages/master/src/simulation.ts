/** What a simulation needs to send snapshots without child processes. Not for production. */
export { sendFile } from './sending/send-file.ts'
export { isSendingOrder, type SendingOrder, type SendingReport } from './sending/sending-messages.ts'
