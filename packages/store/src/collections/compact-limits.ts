/** Up to where a collection is one listpack or intset: Redis 7.0's settings, by their names, with its defaults. */
export interface CompactLimits {
  /** Pairs. */
  hashMaxListpackEntries: number
  /** Bytes of a field or a value. */
  hashMaxListpackValue: number
  setMaxIntsetEntries: number
  /** Pairs. */
  zsetMaxListpackEntries: number
  /** Bytes of a member. */
  zsetMaxListpackValue: number
  /** Items of a list's listpack, or where it is negative the number of a size: -1 to -5 for 4 to 64 KiB. */
  listMaxListpackSize: number
}

/** Redis 7.0's defaults. The key spaces of one store share one object, and a change holds for the writes that follow. */
export function defaultCompactLimits(): CompactLimits {
  return {
    hashMaxListpackEntries: 512,
    hashMaxListpackValue: 64,
    setMaxIntsetEntries: 512,
    zsetMaxListpackEntries: 128,
    zsetMaxListpackValue: 64,
    listMaxListpackSize: -2,
  }
}

/** In memory a set of a few short strings is compact too; Redis 7.0 has no setting for it, and calls it a hashtable. */
export const SET_MAX_LISTPACK_ENTRIES = 128
export const SET_MAX_LISTPACK_VALUE = 64
