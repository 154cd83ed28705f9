import { type Command, type CommandGroup, storeCommands } from '@repl/store'
import { usageText } from '../src/commands/command-usage.ts'
import { serverCommands } from '../src/commands/server-commands.ts'
import { buildCatalogue } from '../src/dispatch/command-catalogue.ts'
import { keySpecificationsOf } from '../src/dispatch/command-keys.ts'
import { ServerStatistics } from '../src/info/server-statistics.ts'

const TITLES: Readonly<Record<CommandGroup, string>> = {
  generic: 'Keys',
  string: 'Strings',
  bitmap: 'Bitmaps',
  list: 'Lists',
  hash: 'Hashes',
  set: 'Sets',
  'sorted-set': 'Sorted sets',
  pubsub: 'Messages',
  transactions: 'Transactions',
  connection: 'Connections',
  server: 'Server',
}

const HEAD = `# Commands

All commands of \`repl-server\`, from its command table. \`pnpm --filter @repl/server commands:page\` writes this page, and
a test fails where it is not up to date.

Arity is Redis's: how many words a call has, the command's name included; negative: at least so many. "Stream" says how
a write reaches the journal and the slaves: _verbatim_, as it was sent; _effect_, as what it did, such as \`DEL\` of a
key that was popped. In a usage, \`[…]\` may be left out, \`a | b\` is one of them, and \`...\` stands for more of the same.
Complexity is in the words of Redis's manual where it is the same here, as \`COMMAND DOCS\` has it.
`

/** The text of the page. */
export function commandsPage(): string {
  using statistics = new ServerStatistics()
  const { commands } = buildCatalogue(storeCommands.values(), serverCommands, statistics)
  const rows = [...commands.values()].flatMap((command) => rowsOf(command))
  const groups = Object.keys(TITLES) as CommandGroup[]
  const sections = groups.map((group) => {
    const mine = rows.filter((row) => row.group === group).sort((a, b) => (a.name < b.name ? -1 : 1))
    const lines = mine.map(
      ({ usage, arity, keys, stream, since, summary, complexity }) =>
        `| \`${usage}\` | ${arity} | ${keys} | ${stream} | ${since} | ${summary} | ${complexity} |`,
    )
    return `## ${TITLES[group]}\n\n| usage | arity | keys | stream | since | what it does | complexity |\n| --- | --- | --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`
  })
  return `${HEAD}\n${sections.join('\n')}`
}

interface Row {
  readonly name: string
  /** The name and the syntax. */
  readonly usage: string
  readonly group: CommandGroup
  readonly arity: number
  readonly keys: string
  readonly stream: string
  readonly since: string
  readonly summary: string
  readonly complexity: string
}

function rowsOf<Context>(command: Command<Context>, prefix = ''): Row[] {
  const { group, arity, since, propagation, subcommands, deprecation, syntax = '' } = command
  const name = `${prefix}${command.name.toUpperCase()}`
  if (subcommands !== undefined) {
    const found = subcommands.filter((each) => each.name !== 'help').flatMap((each) => rowsOf(each, `${name} `))
    return command.arity === -1 ? [rowOf(), ...found] : found
  }
  return [rowOf()]

  function rowOf(): Row {
    const keys = keySpecificationsOf(command).map(keysText).join('; ')
    const stream = propagation === 'none' ? '' : propagation
    const usage = `${name} ${usageText(syntax)}`.trim().replaceAll('|', '\\|')
    // Their manual marks options by an exclamation mark here.
    const instead =
      deprecation === undefined ? '' : `. Deprecated: use ${deprecation.replacement.replaceAll('`!', '`')}`
    const summary = cell(command.summary) + instead
    return { name, usage, group, arity, keys, stream, since, summary, complexity: cell(command.complexity ?? '') }
  }
}

/** Without what ends a cell, or a sentence. */
function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|').replace(/\.$/, '')
}

function keysText({
  begin,
  isCounted = false,
  last = 0,
  step = 1,
}: ReturnType<typeof keySpecificationsOf>[number]): string {
  if (begin === undefined) return 'by its options'
  if (isCounted) return `as many as argument ${begin} says`
  if (last === 0) return String(begin)
  const every = step === 1 ? '' : `, every ${step === 2 ? 'second' : `${step}th`}`
  return last < 0
    ? `from ${begin}${last === -1 ? '' : `, but for the last ${-last - 1}`}${every}`
    : `${begin} to ${begin + last}${every}`
}
