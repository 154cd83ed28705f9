import {
  ENCODING_COMPACT,
  ENCODING_INTSET,
  kindOf,
  VALUE_TYPE_HASH,
  VALUE_TYPE_LIST,
  VALUE_TYPE_SET,
  VALUE_TYPE_SORTED_SET,
  VALUE_TYPE_STRING,
} from '../keyspace/value-type.ts'
import { RdbType } from './rdb-encoding.ts'

/** By kind: the RDB type of values whose bytes are written as they are, as one string. */
const wholeTypes: readonly (number | undefined)[] = (() => {
  const byKind: number[] = []
  byKind[VALUE_TYPE_STRING] = RdbType.STRING
  byKind[kindOf(VALUE_TYPE_HASH, ENCODING_COMPACT)] = RdbType.HASH_LISTPACK
  byKind[kindOf(VALUE_TYPE_SORTED_SET, ENCODING_COMPACT)] = RdbType.SORTED_SET_LISTPACK
  byKind[kindOf(VALUE_TYPE_SET, ENCODING_INTSET)] = RdbType.SET_INTSET
  return byKind
})()

/** By type: the RDB type of values that are written element by element, or chunk by chunk. */
const elementTypes: readonly (number | undefined)[] = (() => {
  const byType: number[] = []
  byType[VALUE_TYPE_HASH] = RdbType.HASH
  byType[VALUE_TYPE_SET] = RdbType.SET
  byType[VALUE_TYPE_SORTED_SET] = RdbType.SORTED_SET_2
  byType[VALUE_TYPE_LIST] = RdbType.LIST_QUICKLIST_2
  return byType
})()

/** The RDB type of a kind of values that are written as one string; undefined for other kinds. */
export function wholeTypeOf(kind: number): number | undefined {
  return wholeTypes[kind]
}

/** The RDB type of a type of values that are written element by element. */
export function elementTypeOf(type: number): number {
  const rdbType = elementTypes[type]
  if (rdbType === undefined) throw new TypeError(`records of value type ${type} have no RDB form`)
  return rdbType
}
