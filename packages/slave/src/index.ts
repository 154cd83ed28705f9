export type { Clock, Step, StepNumber } from '@repl/protocol'
export type { Divergence } from './digest/digest-check.ts'
export * from './errors.ts'
export {
  type FollowingAction,
  type FollowingInput,
  FollowingState,
  type MasterAddress,
} from './following/following-state.ts'
export { MASTER_ADDRESS_FILE, MasterAddressDamagedError } from './following/master-address-file.ts'
export * from './link/slave-link-contract.ts'
export { SlaveLinkState } from './link/slave-link-state.ts'
export { Slave } from './slave.ts'
export type { SlaveEvents, SlaveProgress, SlaveState, SlaveStatistics } from './slave-events.ts'
export type { SlaveOptions } from './slave-options.ts'
export * from './transfer/transfer-state.ts'
