import type { Node } from '../connection/client-context.ts'
import { commandStatisticsSection, errorStatisticsSection } from './command-sections.ts'
import type { Fields } from './fields.ts'
import { memorySection } from './memory-section.ts'
import { persistenceSection } from './persistence-section.ts'
import { replicationSection } from './replication-section.ts'
import { clientsSection, cpuSection, keyspaceSection, serverSection } from './server-sections.ts'
import { statisticsSection } from './statistics-section.ts'

interface Section {
  readonly title: string
  /** Shown without being asked for by name. */
  readonly isDefault: boolean
  fields(node: Node): Fields
}

const sections: ReadonlyMap<string, Section> = new Map<string, Section>([
  ['server', { title: 'Server', isDefault: true, fields: serverSection }],
  ['clients', { title: 'Clients', isDefault: true, fields: clientsSection }],
  ['memory', { title: 'Memory', isDefault: true, fields: memorySection }],
  ['persistence', { title: 'Persistence', isDefault: true, fields: persistenceSection }],
  ['stats', { title: 'Stats', isDefault: true, fields: statisticsSection }],
  ['replication', { title: 'Replication', isDefault: true, fields: replicationSection }],
  ['cpu', { title: 'CPU', isDefault: true, fields: cpuSection }],
  ['modules', { title: 'Modules', isDefault: true, fields: () => [] }],
  ['commandstats', { title: 'Commandstats', isDefault: false, fields: commandStatisticsSection }],
  ['errorstats', { title: 'Errorstats', isDefault: true, fields: errorStatisticsSection }],
  ['cluster', { title: 'Cluster', isDefault: true, fields: () => [['cluster_enabled', 0]] }],
  ['keyspace', { title: 'Keyspace', isDefault: true, fields: keyspaceSection }],
])

/** The text of INFO: the sections of these names (in lower case; also `default`, `all`, `everything`), or the default ones. */
export function infoText(node: Node, names: readonly string[]): string {
  const all = names.includes('all') || names.includes('everything')
  const byDefault = names.length === 0 || names.includes('default')
  const texts: string[] = []
  for (const [name, section] of sections) {
    if (!all && !names.includes(name) && !(byDefault && section.isDefault)) continue
    const lines = section.fields(node).map(([field, value]) => `${field}:${value}\r\n`)
    texts.push(`# ${section.title}\r\n${lines.join('')}`)
  }
  return texts.join('\r\n')
}
