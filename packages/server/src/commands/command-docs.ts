import type { Command, Reply } from '@repl/store'
import { writeSet } from './command-info.ts'
import { type Argument, parseSyntax } from './command-syntax.ts'

/** A field of a map, and what writes its value. */
type Field = readonly [name: string, write: () => void]

/**
 * What COMMAND DOCS says of a command, in Redis 7.0's form.
 * @param fullName `config|get` for a subcommand
 */
export function writeDocs<Context>(reply: Reply, command: Command<Context>, fullName: string): void {
  const { complexity, isInternal = false, deprecation, history = [], syntax = '', subcommands = [] } = command
  const fields: Field[] = [
    ['summary', () => reply.text(command.summary)],
    ['since', () => reply.text(command.since)],
    ['group', () => reply.text(command.group)],
  ]
  if (complexity !== undefined) fields.push(['complexity', () => reply.text(complexity)])
  const flags = [...(deprecation === undefined ? [] : ['deprecated']), ...(isInternal ? ['syscmd'] : [])]
  if (flags.length > 0) fields.push(['doc_flags', () => writeSet(reply, flags)])
  if (deprecation !== undefined) {
    fields.push(['deprecated_since', () => reply.text(deprecation.since)])
    fields.push(['replaced_by', () => reply.text(deprecation.replacement)])
  }
  if (history.length > 0) fields.push(['history', () => writeHistory(reply, history)])
  // Read when it is asked for: a tree for every command would cost memory that hardly anybody needs.
  const syntaxTree = parseSyntax(syntax)
  if (syntaxTree.length > 0) fields.push(['arguments', () => writeArguments(reply, syntaxTree)])
  if (subcommands.length > 0) fields.push(['subcommands', () => writeSubcommands(reply, subcommands, fullName)])
  writeFields(reply, fields)
}

function writeFields(reply: Reply, fields: readonly Field[]): void {
  reply.map(fields.length)
  for (const [name, write] of fields) {
    reply.text(name)
    write()
  }
}

function writeHistory(reply: Reply, history: readonly (readonly [string, string])[]): void {
  reply.set(history.length)
  for (const [version, change] of history) {
    reply.array(2)
    reply.text(version)
    reply.text(change)
  }
}

function writeSubcommands<Context>(reply: Reply, subcommands: readonly Command<Context>[], container: string): void {
  reply.map(subcommands.length)
  for (const each of subcommands) {
    const fullName = `${container}|${each.name}`
    reply.text(fullName)
    writeDocs(reply, each, fullName)
  }
}

function writeArguments(reply: Reply, members: readonly Argument[]): void {
  reply.array(members.length)
  for (const each of members) writeArgument(reply, each)
}

function writeArgument(reply: Reply, argument: Argument): void {
  const { name, type, keySpecification, token, since, deprecatedSince, members } = argument
  const fields: Field[] = [
    ['name', () => reply.text(name)],
    ['type', () => reply.text(type)],
  ]
  if (keySpecification !== undefined) fields.push(['key_spec_index', () => reply.integer(keySpecification)])
  if (token !== undefined) fields.push(['token', () => reply.text(token)])
  if (since !== undefined) fields.push(['since', () => reply.text(since)])
  if (deprecatedSince !== undefined) fields.push(['deprecated_since', () => reply.text(deprecatedSince)])
  const flags = [
    ...(argument.isOptional ? ['optional'] : []),
    ...(argument.isMultiple ? ['multiple'] : []),
    ...(argument.isTokenRepeated ? ['multiple_token'] : []),
  ]
  if (flags.length > 0) fields.push(['flags', () => writeSet(reply, flags)])
  if (members.length > 0) fields.push(['arguments', () => writeArguments(reply, members)])
  writeFields(reply, fields)
}
