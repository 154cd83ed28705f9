export { CommandLineError } from './configuration/command-line.ts'
export { Configuration, ConfigurationError } from './configuration/configuration.ts'
export { InvalidSettingError } from './configuration/setting-kind.ts'
export type { LogLevel, Settings } from './configuration/settings.ts'
export type { Client, ClientContext, Node } from './connection/client-context.ts'
export { ListenError } from './connection/listener.ts'
export {
  Failover,
  FailoverError,
  type FailoverNode,
  type FailoverRequest,
  type FailoverState,
} from './replication/failover.ts'
export { Server, type ServerOptions } from './server.ts'
