import type { CommandWords } from '../generating/step.ts'

const ELEMENTS = 3000
/** Words in one command. */
const CHUNK = 500

/** A value of each type that is large whatever the limits are, and strings that an RDB file writes in every form. */
export const largeValues: readonly CommandWords[] = [
  ...inChunks('hset', 'large:hash', (i) => [`field ${i}`, 'value '.repeat(i % 40)]),
  ...inChunks('sadd', 'large:set', (i) => [`member ${i}`]),
  ...inChunks('sadd', 'large:integers', (i) => [String(i * 7919)]),
  ...inChunks('zadd', 'large:zset', (i) => [String(((i * 31) % 1009) / 8), `member ${i}`]),
  ...inChunks('rpush', 'large:list', (i) => [i % 50 === 0 ? 'long '.repeat(3000) : `item ${i}`]),
  ...['', '0', '-129', '70000', '-9223372036854775808', 'a\xff\0\r\n', 'same '.repeat(10_000)].map((value, i) => [
    'set',
    `string:${i}`,
    value,
  ]),
  ['pexpireat', 'large:hash', '40000000000123'],
  ['pexpireat', 'string:0', '40000000000456'],
]

function inChunks(name: string, key: string, each: (i: number) => readonly string[]): CommandWords[] {
  const commands: CommandWords[] = []
  for (let from = 0; from < ELEMENTS; from += CHUNK) {
    commands.push([name, key, ...Array.from({ length: CHUNK }, (_, i) => each(from + i)).flat()])
  }
  return commands
}
