import { DATABASES } from '@repl/store'

/**
 * Redis's settings that clients and tools look at and that are not for changing here: what they are in this server.
 * @param isPersistent whether there is a journal on disk, which is what `appendonly` asks
 */
export function fixedSettings(isPersistent: () => boolean): ReadonlyMap<string, () => string> {
  return new Map([
    ['appendonly', () => (isPersistent() ? 'yes' : 'no')],
    ['dbfilename', () => 'dump.rdb'],
    ['databases', () => String(DATABASES)],
    ['cluster-enabled', () => 'no'],
    ['maxmemory', () => '0'],
    ['maxmemory-policy', () => 'noeviction'],
  ])
}
