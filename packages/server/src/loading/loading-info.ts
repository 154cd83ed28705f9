import type { Fields } from '../info/fields.ts'
import { REDIS_VERSION } from '../versions.ts'
import type { LoadedBytes } from './loading-door.ts'

/** INFO while the data is being loaded: what can be told without it, whatever sections are asked for. */
export function loadingInfo(
  port: number,
  isReplica: boolean,
  startedAt: number,
  progress: LoadedBytes,
  now = Date.now(),
): string {
  const { bytes, size } = progress
  const elapsed = (now - startedAt) / 1000
  const sections: readonly (readonly [string, Fields])[] = [
    [
      'Server',
      [
        ['redis_version', REDIS_VERSION],
        ['redis_mode', 'standalone'],
        ['process_id', process.pid],
        ['tcp_port', port],
        ['uptime_in_seconds', Math.floor(process.uptime())],
      ],
    ],
    [
      'Persistence',
      [
        ['loading', 1],
        ['async_loading', 0],
        ['loading_start_time', Math.floor(startedAt / 1000)],
        ['loading_total_bytes', size],
        ['loading_loaded_bytes', bytes],
        ['loading_loaded_perc', size === 0 ? '0.00' : ((bytes / size) * 100).toFixed(2)],
        // Redis says 1 where it can't tell.
        ['loading_eta_seconds', bytes === 0 ? 1 : Math.ceil((elapsed * (size - bytes)) / bytes)],
      ],
    ],
    ['Replication', [['role', isReplica ? 'slave' : 'master']]],
  ]
  return sections
    .map(([title, fields]) => `# ${title}\r\n${fields.map(([name, value]) => `${name}:${value}\r\n`).join('')}`)
    .join('\r\n')
}
