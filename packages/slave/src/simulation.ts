/** What a simulation looks at to know how transfers go. Not for production. */
export { type TransferInput, type TransferSetup, TransferState } from './transfer/transfer-state.ts'
