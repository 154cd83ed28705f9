import type { Pair } from './pair.ts'
import type { Screen } from './screen.ts'
import type { Writer } from './writer.ts'

/** What every act of the demo works with. */
export interface Stage {
  readonly pair: Pair
  readonly writer: Writer
  readonly screen: Screen
  readonly signal: AbortSignal
}
