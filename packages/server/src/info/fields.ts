/** The fields of a section of INFO, in Redis's order. */
export type Fields = readonly (readonly [name: string, value: string | number])[]

/** Text as the value of a field, which ends with its line. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
