import type { Redis } from 'ioredis'

/** The fields of an INFO reply. */
export type Info = ReadonlyMap<string, string>

/** Reads the `field:value` lines of an INFO reply. */
export function parseInfo(text: string): Info {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return fields
}

/** Asks for sections of INFO. */
export async function readInfo(client: Redis, ...sections: readonly string[]): Promise<Info> {
  return parseInfo(await client.info(...sections))
}

/**
 * A field that must be there and be a number.
 * @throws RangeError
 */
export function numberIn(info: Info, field: string): number {
  const text = info.get(field)
  const value = Number(text)
  if (text === undefined || text === '' || Number.isNaN(value)) {
    throw new RangeError(`INFO has ${text === undefined ? 'no field' : `'${text}' in`} ${field}; a number is needed`)
  }
  return value
}
