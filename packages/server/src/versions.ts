import { createRequire } from 'node:module'

/** The Redis version whose commands and replies these are; clients choose what to send by it. */
export const REDIS_VERSION = '7.0.15'

const manifest: unknown = createRequire(import.meta.url)('../package.json')

/** The version of this package. */
export const SERVER_VERSION: string =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'
