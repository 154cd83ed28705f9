/** What a simulation needs of the server: how a failover goes, without the server around it. Not for production. */
export { Failover, FailoverError } from './replication/failover.ts'
