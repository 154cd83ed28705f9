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
export * from './link/slave-link-state.ts'
export {
  Slave,
  type SlaveEvents,
  type SlaveProgress,
  type SlaveState,
  type SlaveStatistics,
} from './slave.ts'
export type { SlaveOptions } from './slave-options.ts'
export * from './transfer/transfer-state.ts'
