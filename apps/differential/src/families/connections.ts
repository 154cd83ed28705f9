import type { Family, StepMaker } from '../generating/family.ts'
import { commonWords, oneOf } from './words.ts'

/** Another protocol from here on. */
const protocol: StepMaker = (random) => ({ commands: [['hello', random.pick(['2', '3', '3'])]] })

/** Commands about the connection itself, and commands that there aren't. */
export const connections: Family = {
  name: 'connections',
  weight: 1,
  vocabulary: {
    ...commonWords,
    unknown: oneOf('foo', '', 'f\0oo', 'b\r\nar', 'y'.repeat(140), 'gett', '\xff'),
    text: (random) => 'x'.repeat(random.pick([0, 1, 20, 70, 130, 300])),
  },
  commands: {
    2: ['ping', 'ping <value>', 'echo <value>', '<unknown> <text>*4', 'hello <odd>', 'command count <odd>'],
    1: [
      'publish <key> <value>',
      'client getname',
      'client setname <member>',
      'client <odd>',
      'object',
      'config get <odd>',
      'select <odd>',
      'auth <value>',
      'auth <value> <value>',
      'hello 3 auth default <value>',
      'hello 3 setname <odd>',
      'reset',
      'pubsub numsub <member>*2',
      'pubsub numpat',
      'pubsub <odd>',
      'client no-evict on|off|foo',
      'client reply on|foo',
      'client unpause',
      'client kill id 99999999',
      'client kill <odd> <odd>',
      'client unblock 99999999',
      'memory <odd>',
      'slowlog len <odd>',
      'wait <odd> <odd>',
      'command getkeys <odd>',
      'command getkeys mset a b c d',
      'command getkeys zunionstore z 2 a b',
      'command getkeys get',
      'command info <odd>',
    ],
  },
  steps: { 3: [protocol] },
}
