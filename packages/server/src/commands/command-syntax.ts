/** The types of values. */
const VALUE_TYPES = ['string', 'integer', 'double', 'key', 'pattern', 'unix-time'] as const

/** What COMMAND DOCS calls an argument. */
export type ArgumentType = (typeof VALUE_TYPES)[number] | 'pure-token' | 'oneof' | 'block'

/** An argument of a command, in the form of COMMAND DOCS: https://redis.io/docs/latest/commands/command-docs/ */
export interface Argument {
  readonly name: string
  readonly type: ArgumentType
  /** Of a key, or a pattern of keys: which of the command's key specifications says what happens to it. */
  readonly keySpecification?: number
  /** The word that stands before it, or that it is. */
  readonly token?: string
  readonly since?: string
  readonly deprecatedSince?: string
  readonly isOptional: boolean
  readonly isMultiple: boolean
  /** Where it is there several times, so is its token. */
  readonly isTokenRepeated: boolean
  /** What `oneof` offers, or `block` holds together. */
  readonly members: readonly Argument[]
}

/** A syntax that can't be read: `code` is COMMAND_SYNTAX, `position` where in it, from 0. */
export class CommandSyntaxError extends Error {
  readonly code = 'COMMAND_SYNTAX'
  readonly position: number

  constructor(syntax: string, position: number, reason: string) {
    super(`${reason} at ${position} in the syntax '${syntax}'`)
    this.name = 'CommandSyntaxError'
    this.position = position
  }
}

const WORD = /([A-Za-z0-9_:/-]+)/y
const TOKEN = /^[A-Z][A-Z0-9-]*$/
const NAME = /^[a-z][a-z0-9_:/-]*$/

/**
 * Reads a command's syntax, in the notation of Redis's manual with what COMMAND DOCS wants to know beside it:
 *
 * - `WORD`: a token. What follows it in its group or alternative, unless it is another token, is what it introduces:
 *   `LIMIT offset:integer count:integer`.
 * - `name`, `name:type`: a value. Its type is by default what the name says (`key`, `pattern`), else `string`.
 *   `name:key#2` belongs to the third key specification; by default each key belongs to the next one.
 * - `[…]` is optional, `<…>` belongs together. With `a | b` inside, it is one of them.
 * - `x...`: once or more often. `[X y]...`: each time with its token.
 * - `[name: …]`: what the group is called; by default its members' names, joined by `_`. One member alone is no group
 *   of its own, but for a value in `<…>`.
 * - `x@2.6.12`: since that version. `x!2.8.12`: deprecated since then.
 *
 * @throws CommandSyntaxError
 */
export function parseSyntax(syntax: string): readonly Argument[] {
  return new SyntaxParser(syntax).parse()
}

const PLAIN = { isOptional: false, isMultiple: false, isTokenRepeated: false, members: [] } as const

class SyntaxParser {
  readonly #text: string
  #at = 0
  #nextKey = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): readonly Argument[] {
    const found = this.#sequence()
    if (this.#at < this.#text.length) throw this.#misplaced()
    return found
  }

  /** Up to a `|`, the end of the group, or that of the text. */
  #sequence(): readonly Argument[] {
    const found: Argument[] = []
    for (;;) {
      this.#take(/(\s*)/y)
      const start = this.#at
      const next = this.#text[start]
      if (next === undefined || '|]>'.includes(next)) return found
      const word = this.#take(WORD)
      if (word === null) {
        found.push(this.#group())
      } else if (!TOKEN.test(word)) {
        found.push(this.#suffixed(this.#value(word, start)))
      } else if (this.#take(/(?=(\s+[a-z<[]))/y) === null) {
        found.push(this.#suffixed({ ...PLAIN, name: word.toLowerCase(), type: 'pure-token', token: word }))
      } else {
        found.push(introduced(word, this.#sequence()))
        return found
      }
    }
  }

  #value(word: string, start: number): Argument {
    const colon = word.lastIndexOf(':')
    const name = colon < 0 ? word : word.slice(0, colon)
    if (!NAME.test(name)) throw this.#error(`'${name}' is neither a name nor a token`, start)
    const typeName = word.slice(colon + 1)
    const type = VALUE_TYPES.find((each) => each === typeName)
    if (colon >= 0 && type === undefined) throw this.#error(`'${typeName}' is no type`, start + colon + 1)
    const number = this.#take(/#(\d+)/y)
    if (type !== 'key' && number === null) return { ...PLAIN, name, type: type ?? 'string' }
    const keySpecification = number === null ? this.#nextKey : Number(number)
    this.#nextKey = keySpecification + 1
    return { ...PLAIN, name, type: type ?? 'string', keySpecification }
  }

  #group(): Argument {
    const start = this.#at
    const opening = this.#take(/([[<])/y)
    if (opening === null) throw this.#misplaced()
    const isOptional = opening === '['
    const name = this.#take(/\s*([a-z][a-z0-9_-]*):(?=\s)/y)
    const alternatives: (readonly Argument[])[] = []
    do alternatives.push(this.#sequence())
    while (this.#take(/(\|)/y) !== null)
    if (this.#take(isOptional ? /(\])/y : /(>)/y) === null)
      throw this.#error(`A '${opening}' that is not closed`, start)
    if (alternatives.some(({ length }) => length === 0)) throw this.#error('A group or alternative of nothing', start)
    const [first, ...others] = alternatives
    const group =
      others.length > 0
        ? { ...PLAIN, name: '', type: 'oneof' as const, members: alternatives.map(asOne) }
        : isOptional || first![0]!.token !== undefined
          ? asOne(first!)
          : block(first!)
    if (isOptional && group.isOptional) throw this.#error('Optional twice', start)
    return this.#suffixed({
      ...group,
      name: name ?? (group.name || joinedNames(group.members)),
      isOptional: isOptional || group.isOptional,
    })
  }

  /** With the `...` and the versions that follow it. */
  #suffixed(argument: Argument): Argument {
    const start = this.#at
    const isRepeated = this.#take(/(\.\.\.)/y) !== null
    const since = this.#take(/@(\d+(?:\.\d+)+)/y)
    const deprecatedSince = this.#take(/!(\d+(?:\.\d+)+)/y)
    if (this.#take(/(?=([\s|\]>]|$))/y) === null) throw this.#misplaced()
    if (isRepeated && argument.isMultiple) throw this.#error('Repeated twice', start)
    if (since !== null && argument.since !== undefined) throw this.#error('A second version', start)
    return {
      ...argument,
      ...(since === null ? {} : { since }),
      ...(deprecatedSince === null ? {} : { deprecatedSince }),
      isMultiple: isRepeated || argument.isMultiple,
      isTokenRepeated: argument.isTokenRepeated || (isRepeated && argument.token !== undefined),
    }
  }

  /** What a sticky expression captures here, which is then behind; null where it doesn't match. */
  #take(expression: RegExp): string | null {
    expression.lastIndex = this.#at
    const match = expression.exec(this.#text)
    if (match === null) return null
    this.#at = expression.lastIndex
    return match[1]!
  }

  #misplaced(): CommandSyntaxError {
    return this.#error(`'${this.#text[this.#at]}' out of place`, this.#at)
  }

  #error(reason: string, position: number): CommandSyntaxError {
    return new CommandSyntaxError(this.#text, position, reason)
  }
}

function joinedNames(members: readonly Argument[]): string {
  return members.map(({ name }) => name).join('_')
}

function block(members: readonly Argument[]): Argument {
  return { ...PLAIN, name: joinedNames(members), type: 'block', members }
}

function asOne(sequence: readonly Argument[]): Argument {
  return sequence.length === 1 ? sequence[0]! : block(sequence)
}

/** What a token stands before. */
function introduced(token: string, sequence: readonly Argument[]): Argument {
  const [first, ...others] = sequence
  const isOne = others.length === 0 && first!.token === undefined && !first!.isOptional
  return { ...(isOne ? first! : block(sequence)), token }
}
