import { arch, hostname, release, type as systemName } from 'node:os'
import type { Node } from '../connection/client-context.ts'
import { REDIS_VERSION } from '../versions.ts'
import type { Fields } from './fields.ts'

/** INFO server. */
export function serverSection({ master, port, version, configuration }: Node): Fields {
  const uptime = Math.floor(process.uptime())
  return [
    ['redis_version', REDIS_VERSION],
    ['redis_git_sha1', '00000000'],
    ['redis_git_dirty', 0],
    ['redis_build_id', '0'],
    ['redis_mode', 'standalone'],
    ['os', `${systemName()} ${release()} ${arch()}`],
    ['arch_bits', 64],
    ['multiplexing_api', 'epoll'],
    ['process_id', process.pid],
    ['process_supervised', 'no'],
    ['run_id', master.runId],
    ['tcp_port', port],
    ['server_time_usec', Math.floor((performance.timeOrigin + performance.now()) * 1000)],
    ['uptime_in_seconds', uptime],
    ['uptime_in_days', Math.floor(uptime / 86_400)],
    ['hz', 10],
    ['configured_hz', 10],
    ['executable', process.argv[1] ?? process.execPath],
    ['config_file', configuration.file ?? ''],
    ['repl_server_version', version],
    ['node_version', process.versions.node],
    ['host_name', hostname()],
  ]
}

/** INFO clients. */
export function clientsSection({ clients, configuration }: Node): Fields {
  let blocked = 0
  for (const client of clients.values()) if (client.isSuspended) blocked++
  return [
    ['connected_clients', clients.size],
    ['cluster_connections', 0],
    ['maxclients', configuration.values.maxclients],
    ['blocked_clients', blocked],
    ['tracking_clients', 0],
    ['clients_in_timeout_table', 0],
  ]
}

/** INFO cpu. */
export function cpuSection(): Fields {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  const seconds = (microseconds: number): string => (microseconds / 1e6).toFixed(6)
  return [
    ['used_cpu_sys', seconds(systemCPUTime)],
    ['used_cpu_user', seconds(userCPUTime)],
  ]
}

/** INFO keyspace: databases that hold something. */
export function keyspaceSection({ store }: Node): Fields {
  return [...store.dataSet.databases()]
    .filter(([, keySpace]) => keySpace.size > 0)
    .map(([database, { size, volatileSize }]) => [`db${database}`, `keys=${size},expires=${volatileSize},avg_ttl=0`])
}
