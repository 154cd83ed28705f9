/** What a simulation needs to send snapshots without child processes. Not for production. */
export { RateLimiter } from './sending/rate-limiter.ts'
export { sendFile } from './sending/send-file.ts'
export { readSendingLines } from './sending/sending-line.ts'
export { isSendingOrder, type SendingOrder, type SendingReport } from './sending/sending-messages.ts'
