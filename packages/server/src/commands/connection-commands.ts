import { type Command, type CommandArguments, DATABASES, parseInt64, type Reply, shownArgument } from '@repl/store'
import type { ClientContext, GreetingContext } from '../connection/client-context.ts'
import { REDIS_VERSION } from '../versions.ts'
import { NOT_AN_INTEGER, textOf, wordOf } from './argument-text.ts'
import { isClientName } from './client-name.ts'

const NO_PASSWORD_SET =
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?'
const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.'
const HELLO_NEEDS_AUTHENTICATION =
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time'

/** The least and the greatest number that Redis takes for a database before it looks whether there is one. */
const INT32_MIN = -(2 ** 31)
const INT32_MAX = 2 ** 31 - 1

type ServerCommand = Command<ClientContext>
type GreetingCommand = Command<GreetingContext>

const ping: ServerCommand = {
  name: 'ping',
  arity: -1,
  flags: ['fast'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  group: 'connection',
  since: '1.0.0',
  summary: 'Ping the server',
  syntax: '[message]',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ client }, args, reply) {
    if (args.count > 2) reply.error("ERR wrong number of arguments for 'ping' command")
    else if (client.respVersion === 2 && client.isSubscribed) {
      // As a message looks, since it comes among messages.
      reply.array(2)
      reply.text('pong')
      if (args.count === 1) reply.text('')
      else reply.bulk(args.bytes, args.starts[1]!, args.ends[1]!)
    } else if (args.count === 1) reply.status('PONG')
    else reply.bulk(args.bytes, args.starts[1]!, args.ends[1]!)
  },
}

const echo: GreetingCommand = {
  name: 'echo',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  group: 'connection',
  since: '1.0.0',
  summary: 'Echo the given string',
  syntax: 'message',
  complexity: 'O(1)',
  propagation: 'none',
  execute(_context, args, reply) {
    reply.bulk(args.bytes, args.starts[1]!, args.ends[1]!)
  },
}

const auth: GreetingCommand = {
  name: 'auth',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  group: 'connection',
  since: '1.0.0',
  summary: 'Authenticate to the server',
  syntax: '[username]@6.0.0 password',
  complexity: 'O(N) where N is the number of passwords defined for the user',
  history: [['6.0.0', 'Added ACL style (username and password).']],
  propagation: 'none',
  execute(context, args, reply) {
    const { node } = context
    if (args.count > 3) reply.error('ERR syntax error')
    else if (args.count === 2 && !node.isPasswordRequired) reply.error(NO_PASSWORD_SET)
    else if (authenticate(context, args, args.count - 1, args.count === 3 ? 1 : 0)) reply.status('OK')
    else reply.error(WRONG_PASSWORD)
  },
}

/** @param user the argument with the user's name, 0 for the default user */
function authenticate(
  { client, node }: GreetingContext,
  args: CommandArguments,
  password: number,
  user: number,
): boolean {
  if (user > 0 && args.latin1(user) !== 'default') return false
  // Without a password the default user may come in with any, as Redis's `nopass` says.
  if (node.isPasswordRequired && !node.isPasswordRight(args.view(password))) return false
  client.isAuthenticated = true
  return true
}

const hello: GreetingCommand = {
  name: 'hello',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  group: 'connection',
  since: '6.0.0',
  summary: 'Handshake with Redis',
  syntax: '[arguments: protover:integer [AUTH username password] [SETNAME clientname]]',
  complexity: 'O(1)',
  history: [
    [
      '6.2.0',
      "`protover` made optional; when called without arguments the command reports the current connection's context.",
    ],
  ],
  propagation: 'none',
  execute(context, args, reply) {
    const { client, node } = context
    const version = args.count > 1 ? parseInt64(args.bytes, args.starts[1]!, args.ends[1]!) : client.respVersion
    if (version === null) return reply.error('ERR Protocol version is not an integer or out of range')
    if (version !== 2 && version !== 3) return reply.error('NOPROTO unsupported protocol version')
    let name: string | null = null
    for (let i = 2; i < args.count; i++) {
      const option = wordOf(args, i)
      if (option === 'auth' && i + 2 < args.count) {
        if (!authenticate(context, args, i + 2, i + 1)) return reply.error(WRONG_PASSWORD)
        i += 2
      } else if (option === 'setname' && i + 1 < args.count) {
        name = textOf(args, ++i)
        if (!isClientName(name)) {
          return reply.error('ERR Client names cannot contain spaces, newlines or special characters.')
        }
      } else return reply.error(`ERR Syntax error in HELLO option '${shownArgument(args, i)}'`)
    }
    if (!client.isAuthenticated && node.isPasswordRequired) return reply.error(HELLO_NEEDS_AUTHENTICATION)
    if (name !== null) client.name = name
    client.respVersion = version
    writeHello(context, reply)
  },
}

function writeHello({ client, node }: GreetingContext, reply: Reply): void {
  reply.map(7)
  reply.text('server')
  reply.text('redis')
  reply.text('version')
  reply.text(REDIS_VERSION)
  reply.text('proto')
  reply.integer(client.respVersion)
  reply.text('id')
  reply.integer(client.id)
  reply.text('mode')
  reply.text('standalone')
  reply.text('role')
  reply.text(node.store.isReadOnly ? 'replica' : 'master')
  reply.text('modules')
  reply.array(0)
}

const select: GreetingCommand = {
  name: 'select',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  group: 'connection',
  since: '1.0.0',
  summary: 'Change the selected database for the current connection',
  syntax: 'index:integer',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ client }, args, reply) {
    const database = parseInt64(args.bytes, args.starts[1]!, args.ends[1]!)
    if (database === null) return reply.error(NOT_AN_INTEGER)
    if (database < INT32_MIN || database > INT32_MAX) {
      return reply.error(`ERR value is out of range, value must between ${INT32_MIN} and ${INT32_MAX}`)
    }
    if (database < 0 || database >= DATABASES) return reply.error('ERR DB index is out of range')
    client.database = Number(database)
    reply.status('OK')
  },
}

const quit: GreetingCommand = {
  name: 'quit',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  group: 'connection',
  since: '1.0.0',
  summary: 'Close the connection',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ client }, _args, reply) {
    reply.status('OK')
    client.closeAfterReply()
  },
}

const reset: ServerCommand = {
  name: 'reset',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  group: 'connection',
  since: '6.2.0',
  summary: 'Reset the connection',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ client, node }, _args, reply) {
    client.endTransaction()
    node.channels.remove(client)
    node.monitors.remove(client)
    client.updateState()
    client.database = 0
    client.replyMode = 'on'
    client.isNoEvict = false
    client.isNoTouch = false
    client.name = ''
    client.respVersion = 2
    client.isAuthenticated = !node.isPasswordRequired
    reply.status('RESET')
  },
}

/** Those that a connection begins with. */
export const greetingCommands: readonly GreetingCommand[] = [echo, auth, hello, select, quit]

/** What a connection says of and for itself, but for CLIENT. */
export const connectionCommands: readonly ServerCommand[] = [ping, ...greetingCommands, reset]
