/** One command, name first; each word is bytes as latin1. */
export type CommandWords = readonly string[]

/** What is sent together and left out together when a sequence is made shorter. */
export interface Step {
  readonly commands: readonly CommandWords[]
  /** How long is waited after all of its replies have come, in ms, so that what is to expire has expired. */
  readonly pauseAfter?: number
}

/** A step of one command. */
export function stepOf(...words: CommandWords): Step {
  return { commands: [words] }
}
