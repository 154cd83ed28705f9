import type { RdbValueReader } from '../rdb-value-reader.ts'
import { HashListpackReader, HashValueReader } from './hash-value.ts'
import { ListValueReader, QuicklistReader } from './list-value.ts'
import { SetIntsetReader, SetListpackReader, SetValueReader } from './set-value.ts'
import { SortedSetListpackReader, SortedSetValueReader } from './sorted-set-value.ts'
import { StringValueReader } from './string-value.ts'
import { ListZiplistReader, OldCompactHashReader, SortedSetZiplistReader } from './ziplist-values.ts'

/** Fresh readers of all types that can be read, at the place of their type byte. */
export function createValueReaders(): readonly (RdbValueReader | undefined)[] {
  const readers: (RdbValueReader | undefined)[] = new Array(256).fill(undefined)
  for (const reader of [
    new StringValueReader(),
    new HashValueReader(),
    new HashListpackReader(),
    new ListValueReader(),
    new QuicklistReader(),
    new SetValueReader(),
    new SetIntsetReader(),
    new SetListpackReader(),
    new SortedSetValueReader(),
    new SortedSetListpackReader(),
    new OldCompactHashReader(),
    new SortedSetZiplistReader(),
    new ListZiplistReader(),
  ]) {
    for (const type of reader.types) readers[type] = reader
  }
  return readers
}
