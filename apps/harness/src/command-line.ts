/** A command line that can't be followed. */
export class OptionsError extends Error {
  readonly code = 'OPTIONS'
  override readonly name = 'OptionsError'
}

/**
 * The whole number that an option asks for, `initial` where it is not given.
 * @throws OptionsError for what is none, or not from `least` to `most`
 */
export function wholeNumber(
  option: string,
  text: string | undefined,
  initial: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return initial
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new OptionsError(`--${option} '${text}': a whole number from ${least} to ${most} is needed`)
  }
  return value
}
