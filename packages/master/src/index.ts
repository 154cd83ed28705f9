export type { Clock, Step, StepNumber } from '@repl/protocol'
export * from './errors.ts'
export * from './link/master-link-contract.ts'
export { MasterLinkState } from './link/master-link-state.ts'
export {
  type Durability,
  type LiveMasterOptions,
  Master,
  type MasterEvents,
  type MasterStatistics,
  NO_REPLICAS_REFUSAL,
  type SynchronizationProgress,
} from './master.ts'
export type { MasterOptions } from './master-options.ts'
export type { SlaveStatus } from './slave-status.ts'
export { decideSynchronization, type MasterFacts, type SynchronizationDecision } from './synchronization-decision.ts'
