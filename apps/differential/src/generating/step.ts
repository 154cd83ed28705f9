/** One command, name first; each word is bytes as latin1. */
export type CommandWords = readonly string[]

/** What is sent together and left out together when a sequence is made shorter. */
export interface Step {
  readonly commands: readonly CommandWords[]
  /** Before which of them is waited, after all earlier replies have come, so that what is to expire has expired. */
  readonly pauseBefore?: number
}

/** A step of one command. */
export function stepOf(...words: CommandWords): Step {
  return { commands: [words] }
}
