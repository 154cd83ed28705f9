import { type Argument, parseSyntax } from './command-syntax.ts'

/**
 * A command's syntax for people, without the names of groups, types and versions: `key value [NX | XX] element...`.
 * @throws CommandSyntaxError
 */
export function usageText(syntax: string): string {
  return parseSyntax(syntax).map(usageOf).join(' ')
}

function usageOf(argument: Argument): string {
  const { type, token, members, isOptional, isMultiple, isTokenRepeated } = argument
  const isRepeatedAlone = isMultiple && !isTokenRepeated
  // What is in brackets because it is optional needs no others.
  const isBare = isOptional && token === undefined
  const isGroup = type === 'oneof' || (isRepeatedAlone && members.length > 1)
  const value = isGroup && !isBare ? `<${contentOf(argument)}>` : contentOf(argument)
  const whole = [token ?? '', value].filter((text) => text !== '').join(' ')
  if (!isOptional) return isTokenRepeated ? `<${whole}>...` : `${whole}${isRepeatedAlone ? '...' : ''}`
  const isRepeatedInside = isRepeatedAlone && !(isGroup && isBare)
  return `[${whole}${isRepeatedInside ? '...' : ''}]${isMultiple && !isRepeatedInside ? '...' : ''}`
}

function contentOf({ name, type, members }: Argument): string {
  if (type === 'pure-token') return ''
  return members.length === 0 ? name : members.map(usageOf).join(type === 'oneof' ? ' | ' : ' ')
}
