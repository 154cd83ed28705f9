import {
  type Command,
  type CommandArguments,
  type CommandDescription,
  GlobPattern,
  type Reply,
  shownArgument,
} from '@repl/store'
import type { Client, ClientContext } from '../connection/client-context.ts'
import { type Channels, MAXIMUM_SUBSCRIPTIONS } from '../pubsub/channels.ts'

type ServerCommand = Command<ClientContext>

const FLAGS = ['pubsub', 'noscript', 'loading', 'stale'] as const

/** One of the three kinds of subscriptions. */
interface Kind {
  readonly own: (client: Client) => Set<string>
  /** The number that a reply tells: of shard channels, or of channels and patterns together. */
  readonly count: (client: Client) => number
  readonly join: (channels: Channels, client: Client, name: string) => void
  readonly leave: (channels: Channels, client: Client, name: string) => void
}

const together = ({ channels, patterns }: Client): number => channels.size + patterns.size

const CHANNEL: Kind = {
  own: ({ channels }) => channels,
  count: together,
  join: (channels, client, name) => channels.subscribe(client, name),
  leave: (channels, client, name) => channels.unsubscribe(client, name),
}

const PATTERN: Kind = {
  own: ({ patterns }) => patterns,
  count: together,
  join: (channels, client, name) => channels.subscribeToPattern(client, name),
  leave: (channels, client, name) => channels.unsubscribeFromPattern(client, name),
}

const SHARD_CHANNEL: Kind = {
  own: ({ shardChannels }) => shardChannels,
  count: ({ shardChannels }) => shardChannels.size,
  join: (channels, client, name) => channels.subscribeToShard(client, name),
  leave: (channels, client, name) => channels.unsubscribeFromShard(client, name),
}

function subscribing(kind: Kind, description: CommandDescription): ServerCommand {
  return {
    ...description,
    arity: -2,
    flags: FLAGS,
    ...(kind === SHARD_CHANNEL ? SHARD_KEYS : {}),
    group: 'pubsub',
    propagation: 'none',
    execute({ client, node }, args, reply) {
      const subscriptions = client.channels.size + client.patterns.size + client.shardChannels.size
      if (subscriptions + args.count - 1 > MAXIMUM_SUBSCRIPTIONS) {
        return reply.error(`ERR a client can have at most ${MAXIMUM_SUBSCRIPTIONS} subscriptions`)
      }
      for (let i = 1; i < args.count; i++) {
        kind.join(node.channels, client, args.latin1(i))
        confirm(reply, description.name, args.view(i), kind.count(client))
      }
      client.updateState()
    },
  }
}

function unsubscribing(kind: Kind, description: CommandDescription): ServerCommand {
  return {
    ...description,
    arity: -1,
    flags: FLAGS,
    ...(kind === SHARD_CHANNEL ? SHARD_KEYS : {}),
    group: 'pubsub',
    propagation: 'none',
    execute({ client, node }, args, reply) {
      const names = args.count === 1 ? [...kind.own(client)] : namesIn(args)
      for (const each of names) {
        kind.leave(node.channels, client, each)
        confirm(reply, description.name, Buffer.from(each, 'latin1'), kind.count(client))
      }
      if (names.length === 0) confirm(reply, description.name, null, kind.count(client))
      client.updateState()
    },
  }
}

const SHARD_KEYS = { keys: { first: 1, last: -1, step: 1 }, keyAccess: 'not_key' } as const

function namesIn(args: CommandArguments): string[] {
  return Array.from({ length: args.count - 1 }, (_, i) => args.latin1(i + 1))
}

function confirm(reply: Reply, kind: string, name: Buffer | null, count: number): void {
  reply.push(3)
  reply.text(kind)
  if (name === null) reply.nil()
  else reply.bulk(name, 0, name.length)
  reply.integer(count)
}

const publish: ServerCommand = {
  name: 'publish',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast'],
  group: 'pubsub',
  since: '2.0.0',
  summary: 'Post a message to a channel',
  syntax: 'channel message',
  complexity:
    'O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).',
  propagation: 'none',
  execute({ node }, args, reply) {
    const count = node.channels.publish(args.copy(1), args.copy(2))
    if (node.feedsSlaves) node.store.propagateMessage(args)
    reply.integer(count)
  },
}

const publishToShard: ServerCommand = {
  name: 'spublish',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast'],
  keyAccess: 'not_key',
  keys: { first: 1, last: 1, step: 1 },
  group: 'pubsub',
  since: '7.0.0',
  summary: 'Post a message to a shard channel',
  syntax: 'shardchannel message',
  complexity: 'O(N) where N is the number of clients subscribed to the receiving shard channel.',
  propagation: 'none',
  execute({ node }, args, reply) {
    const count = node.channels.publishToShard(args.copy(1), args.copy(2))
    if (node.feedsSlaves) node.store.propagateMessage(args)
    reply.integer(count)
  },
}

function listing(ofShards: boolean, description: CommandDescription): ServerCommand {
  return {
    ...description,
    arity: -2,
    flags: ['pubsub', 'loading', 'stale'],
    group: 'pubsub',
    propagation: 'none',
    execute({ node }, args, reply) {
      if (args.count > 3) return reply.error(unknownOrArity(args))
      const names = node.channels.names(ofShards, args.count === 3 ? new GlobPattern(args.copy(2)) : null)
      reply.array(names.length)
      for (const each of names) writeName(reply, each)
    },
  }
}

function counting(ofShards: boolean, description: CommandDescription): ServerCommand {
  return {
    ...description,
    arity: -2,
    flags: ['pubsub', 'loading', 'stale'],
    group: 'pubsub',
    propagation: 'none',
    execute({ node }, args, reply) {
      const names = namesIn(args).slice(1)
      reply.array(names.length * 2)
      for (const each of names) {
        writeName(reply, each)
        reply.integer(node.channels.subscribersOf(ofShards, each))
      }
    },
  }
}

function unknownOrArity(args: CommandArguments): string {
  return `ERR unknown subcommand or wrong number of arguments for '${shownArgument(args, 1)}'. Try PUBSUB HELP.`
}

function writeName(reply: Reply, name: string): void {
  const bytes = Buffer.from(name, 'latin1')
  reply.bulk(bytes, 0, bytes.length)
}

const countPatterns: ServerCommand = {
  name: 'numpat',
  arity: 2,
  flags: ['pubsub', 'loading', 'stale'],
  group: 'pubsub',
  since: '2.8.0',
  summary: 'Get the count of unique patterns pattern subscriptions',
  complexity: 'O(1)',
  propagation: 'none',
  execute: ({ node }, _args, reply) => reply.integer(node.channels.patternCount),
}

const pubsub: ServerCommand = {
  name: 'pubsub',
  arity: -2,
  flags: [],
  group: 'pubsub',
  since: '2.8.0',
  summary: 'A container for Pub/Sub commands',
  helpSince: '6.2.0',
  complexity: 'Depends on subcommand.',
  propagation: 'none',
  subcommands: [
    listing(false, {
      name: 'channels',
      since: '2.8.0',
      summary: 'List active channels',
      syntax: '[pattern]',
      complexity:
        'O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)',
    }),
    countPatterns,
    counting(false, {
      name: 'numsub',
      since: '2.8.0',
      summary: 'Get the count of subscribers for channels',
      syntax: '[channel...]',
      complexity: 'O(N) for the NUMSUB subcommand, where N is the number of requested channels',
    }),
    listing(true, {
      name: 'shardchannels',
      since: '7.0.0',
      summary: 'List active shard channels',
      syntax: '[pattern]',
      complexity:
        'O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).',
    }),
    counting(true, {
      name: 'shardnumsub',
      since: '7.0.0',
      summary: 'Get the count of subscribers for shard channels',
      syntax: '[shardchannel...]',
      complexity: 'O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels',
    }),
  ],
  execute: (_context, _args, reply) => reply.error("ERR wrong number of arguments for 'pubsub' command"),
}

/** Messages. */
export const pubsubCommands: readonly ServerCommand[] = [
  subscribing(CHANNEL, {
    name: 'subscribe',
    since: '2.0.0',
    summary: 'Listen for messages published to the given channels',
    syntax: 'channel...',
    complexity: 'O(N) where N is the number of channels to subscribe to.',
  }),
  unsubscribing(CHANNEL, {
    name: 'unsubscribe',
    since: '2.0.0',
    summary: 'Stop listening for messages posted to the given channels',
    syntax: '[channel...]',
    complexity: 'O(N) where N is the number of clients already subscribed to a channel.',
  }),
  subscribing(PATTERN, {
    name: 'psubscribe',
    since: '2.0.0',
    summary: 'Listen for messages published to channels matching the given patterns',
    syntax: '<pattern>...',
    complexity: 'O(N) where N is the number of patterns the client is already subscribed to.',
  }),
  unsubscribing(PATTERN, {
    name: 'punsubscribe',
    since: '2.0.0',
    summary: 'Stop listening for messages posted to channels matching the given patterns',
    syntax: '[pattern...]',
    complexity:
      'O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).',
  }),
  subscribing(SHARD_CHANNEL, {
    name: 'ssubscribe',
    since: '7.0.0',
    summary: 'Listen for messages published to the given shard channels',
    syntax: 'shardchannel...',
    complexity: 'O(N) where N is the number of shard channels to subscribe to.',
  }),
  unsubscribing(SHARD_CHANNEL, {
    name: 'sunsubscribe',
    since: '7.0.0',
    summary: 'Stop listening for messages posted to the given shard channels',
    syntax: '[shardchannel...]',
    complexity: 'O(N) where N is the number of clients already subscribed to a shard channel.',
  }),
  publish,
  publishToShard,
  pubsub,
]
