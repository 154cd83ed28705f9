/** Whether a name may stand in CLIENT LIST, where words are separated by spaces: printable ASCII without a space. */
export function isClientName(name: string): boolean {
  return /^[!-~]*$/.test(name)
}
