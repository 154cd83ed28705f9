import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Command } from './command.ts'
import { CommandArguments } from './command-arguments.ts'
import { CommandLookup } from './command-lookup.ts'
import { storeCommands } from './command-table.ts'

function command(name: string, arity: number, subcommands?: readonly Command<null>[]): Command<null> {
  return {
    name,
    arity,
    flags: [],
    group: 'connection',
    since: '1.0.0',
    summary: '',
    propagation: 'none',
    execute: () => {},
    ...(subcommands === undefined ? {} : { subcommands }),
  }
}

const client = command('client', -2, [command('setname', 3), command('id', 2)])
const lookup = new CommandLookup([command('ping', -1), command('get', 2), client])

function refusal(...parts: string[]): string | null {
  const args = CommandArguments.of(...parts)
  return lookup.refusal(args, lookup.find(args))
}

describe('finding', () => {
  test('takes any case', () => {
    expect(lookup.find(CommandArguments.of('GeT', 'k'))?.name).toBe('get')
  })
  test('takes no name that only looks alike', () => {
    // @ and ` differ from each other in the case bit, as letters do.
    const signs = new CommandLookup([command('a`', 1)])
    expect(signs.find(CommandArguments.of('a@'))).toBeUndefined()
    expect(signs.find(CommandArguments.of('A`'))?.name).toBe('a`')
    expect(lookup.find(CommandArguments.of(''))).toBeUndefined()
    expect(lookup.find(new CommandArguments())).toBeUndefined()
  })
  test('goes into subcommands', () => {
    expect(lookup.find(CommandArguments.of('client', 'SETNAME', 'x'))?.name).toBe('setname')
    expect(lookup.find(CommandArguments.of('client'))?.name).toBe('client')
    expect(lookup.find(CommandArguments.of('client', 'nothing'))).toBeUndefined()
  })
  test('a later command replaces an earlier one', () => {
    const later = command('get', 3)
    expect(new CommandLookup([command('get', 2), later]).find(CommandArguments.of('get'))).toBe(later)
  })
  test('finds every command of the store, and nothing else', () => {
    const stored = new CommandLookup(storeCommands.values())
    for (const [name, found] of storeCommands) expect(stored.find(CommandArguments.of(name.toUpperCase()))).toBe(found)
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(stored.find(CommandArguments.of(name))).toBe(storeCommands.get(name.toLowerCase()))
      }),
    )
  })
})

describe('refusing', () => {
  test('nothing that can be carried out', () => {
    expect(refusal('ping')).toBeNull()
    expect(refusal('ping', 'a', 'b')).toBeNull()
    expect(refusal('client', 'id')).toBeNull()
  })
  test('a wrong number of arguments', () => {
    expect(refusal('get')).toBe("ERR wrong number of arguments for 'get' command")
    expect(refusal('CLIENT')).toBe("ERR wrong number of arguments for 'client' command")
    expect(refusal('client', 'setname')).toBe("ERR wrong number of arguments for 'client|setname' command")
  })
  test('what is unknown', () => {
    expect(refusal('foo', 'a', 'b')).toBe("ERR unknown command 'foo', with args beginning with: 'a' 'b' ")
    expect(refusal('client', 'Foo')).toBe("ERR unknown subcommand 'Foo'. Try CLIENT HELP.")
  })
})
