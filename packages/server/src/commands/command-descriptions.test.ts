import { storeCommands } from '@repl/store'
import { expect, test } from 'vitest'
import type { ClientContext } from '../connection/client-context.ts'
import { buildCatalogue } from '../dispatch/command-catalogue.ts'
import { keySpecificationsOf } from '../dispatch/command-keys.ts'
import { everyCommand, type NamedCommand } from '../dispatch/every-command.ts'
import { ServerStatistics } from '../info/server-statistics.ts'
import { type Argument, parseSyntax } from './command-syntax.ts'
import { serverCommands } from './server-commands.ts'

function allCommands(): NamedCommand<ClientContext>[] {
  using statistics = new ServerStatistics()
  return everyCommand(buildCatalogue(storeCommands.values(), serverCommands, statistics).commands.values())
}

/** How many words there are, at least and at most. */
interface WordCount {
  readonly least: number
  readonly most: number
}

function sum(counts: readonly WordCount[]): WordCount {
  return counts.reduce((all, each) => ({ least: all.least + each.least, most: all.most + each.most }), {
    least: 0,
    most: 0,
  })
}

function countOf({ type, token, members, isOptional, isMultiple }: Argument): WordCount {
  const counts = members.map(countOf)
  const value =
    type === 'oneof'
      ? { least: Math.min(...counts.map(({ least }) => least)), most: Math.max(...counts.map(({ most }) => most)) }
      : type === 'block'
        ? sum(counts)
        : { least: 1, most: 1 }
  const introduced = token === undefined || type === 'pure-token' ? value : sum([value, { least: 1, most: 1 }])
  return { least: isOptional ? 0 : introduced.least, most: isMultiple ? Number.POSITIVE_INFINITY : introduced.most }
}

/** Where Redis's own do not, and why. */
const DISAGREEING: Readonly<Record<string, string>> = {
  'client|kill': 'every filter is optional by itself, but there must be one',
  'command|getkeys': 'the command asked about is not described',
  'command|getkeysandflags': 'the command asked about is not described',
  quit: 'what follows is ignored, and not described',
}

test('syntax and arity agree', () => {
  const disagreeing = allCommands().filter(([fullName, { arity, syntax = '', subcommands }]) => {
    if (subcommands !== undefined) return false
    const { least, most } = sum(parseSyntax(syntax).map(countOf))
    const words = fullName.split('|').length + least
    return arity !== (least === most ? words : -words)
  })
  expect(disagreeing.map(([fullName]) => fullName).sort()).toEqual(Object.keys(DISAGREEING))
})

test('keys in the syntax belong to key specifications, each of which has one', () => {
  for (const [fullName, command] of allCommands()) {
    const specifications = keySpecificationsOf(command).filter(({ access }) => access !== 'not_key')
    const numbers = new Set(keyNumbersOf(parseSyntax(command.syntax ?? '')))
    expect([...numbers].sort(), fullName).toEqual(specifications.map((_, i) => i))
  }
})

function keyNumbersOf(members: readonly Argument[]): number[] {
  return members.flatMap(({ keySpecification, members: inner }) => [
    ...(keySpecification === undefined ? [] : [keySpecification]),
    ...keyNumbersOf(inner),
  ])
}

test('every command tells its complexity', () => {
  const silent = allCommands().filter(([, { complexity }]) => complexity === undefined)
  // As in Redis: it goes on until the client leaves.
  expect(silent.map(([fullName]) => fullName)).toEqual(['monitor'])
})
