import {
  ENCODING_INTSET,
  encodingOfKind,
  typeOfKind,
  VALUE_TYPE_HASH,
  VALUE_TYPE_LIST,
  VALUE_TYPE_SORTED_SET,
} from '../keyspace/value-type.ts'
import type { CompactLimits } from './compact-limits.ts'
import { intsetCount } from './intset.ts'
import {
  entryStringLength,
  firstEntry,
  isIntegerEntry,
  isListpackEnd,
  listpackBytes,
  listpackCount,
  nextEntry,
} from './listpack.ts'

/** The bytes of a list's listpack by the number that list-max-listpack-size gives: -1 to -5. */
const LIST_SIZES = [4096, 8192, 16384, 32768, 65536]

/**
 * Whether a listpack or an intset that another server made is within the limits here, so that its bytes can be taken
 * as they are. A set's listpack never is: its members may belong into an intset.
 */
export function fitsCompact(kind: number, bytes: Buffer, start: number, limits: CompactLimits): boolean {
  if (encodingOfKind(kind) === ENCODING_INTSET) return intsetCount(bytes, start) <= limits.setMaxIntsetEntries
  switch (typeOfKind(kind)) {
    case VALUE_TYPE_HASH:
      return hasOnly(bytes, start, 2 * limits.hashMaxListpackEntries, limits.hashMaxListpackValue)
    case VALUE_TYPE_SORTED_SET:
      return hasOnly(bytes, start, 2 * limits.zsetMaxListpackEntries, limits.zsetMaxListpackValue)
    case VALUE_TYPE_LIST:
      return fitsList(bytes, start, limits.listMaxListpackSize)
    default:
      return false
  }
}

/** How many bytes a listpack of a list may have at most where the limit is a size; null where it is a count. */
export function listpackSizeLimit(listMaxListpackSize: number): number | null {
  return listMaxListpackSize < 0 ? LIST_SIZES[Math.min(-listMaxListpackSize, LIST_SIZES.length) - 1]! : null
}

function fitsList(bytes: Buffer, start: number, limit: number): boolean {
  const size = listpackSizeLimit(limit)
  // Where the limit is a count, Redis still lets no listpack be larger than 8 KiB.
  if (size === null) return listpackCount(bytes, start) <= limit && listpackBytes(bytes, start) <= LIST_SIZES[1]!
  return listpackBytes(bytes, start) <= size
}

function hasOnly(bytes: Buffer, start: number, entries: number, longest: number): boolean {
  if (listpackCount(bytes, start) > entries) return false
  for (let at = firstEntry(start); !isListpackEnd(bytes, at); at = nextEntry(bytes, at)) {
    if (!isIntegerEntry(bytes, at) && entryStringLength(bytes, at) > longest) return false
  }
  return true
}
