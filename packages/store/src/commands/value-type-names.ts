import {
  VALUE_TYPE_HASH,
  VALUE_TYPE_LIST,
  VALUE_TYPE_SET,
  VALUE_TYPE_SORTED_SET,
  VALUE_TYPE_STRING,
} from '../keyspace/value-type.ts'

/** The names that TYPE and SCAN use, by value type. */
const names: readonly string[] = (() => {
  const byType: string[] = []
  byType[VALUE_TYPE_STRING] = 'string'
  byType[VALUE_TYPE_LIST] = 'list'
  byType[VALUE_TYPE_SET] = 'set'
  byType[VALUE_TYPE_SORTED_SET] = 'zset'
  byType[VALUE_TYPE_HASH] = 'hash'
  return byType
})()

/** Redis's name of a value type. Throws a RangeError for a type that has none. */
export function valueTypeName(type: number): string {
  const name = names[type]
  if (name === undefined) throw new RangeError(`value type ${type} has no name`)
  return name
}
