import { GlobPattern, type Reply } from '@repl/store'

/** The most channels, patterns and shard channels that one client may subscribe to, together. */
export const MAXIMUM_SUBSCRIPTIONS = 1024 * 1024

/** Somebody who gets messages. Channels and patterns are latin1: one character for each byte. */
export interface Subscriber {
  readonly channels: Set<string>
  readonly patterns: Set<string>
  readonly shardChannels: Set<string>
  /** Sends what `write` writes, between two replies. */
  deliver(write: (reply: Reply) => void): void
}

interface Pattern {
  readonly glob: GlobPattern
  readonly text: Buffer
  readonly subscribers: Set<Subscriber>
}

type Members = Map<string, Set<Subscriber>>

/** Who listens to what, and the delivery of messages. */
export class Channels {
  readonly #channels: Members = new Map()
  readonly #shardChannels: Members = new Map()
  readonly #patterns = new Map<string, Pattern>()

  get patternCount(): number {
    return this.#patterns.size
  }

  get channelCount(): number {
    return this.#channels.size
  }

  get shardChannelCount(): number {
    return this.#shardChannels.size
  }

  subscribe(subscriber: Subscriber, channel: string): void {
    join(this.#channels, subscriber.channels, subscriber, channel)
  }

  unsubscribe(subscriber: Subscriber, channel: string): void {
    leave(this.#channels, subscriber.channels, subscriber, channel)
  }

  subscribeToShard(subscriber: Subscriber, channel: string): void {
    join(this.#shardChannels, subscriber.shardChannels, subscriber, channel)
  }

  unsubscribeFromShard(subscriber: Subscriber, channel: string): void {
    leave(this.#shardChannels, subscriber.shardChannels, subscriber, channel)
  }

  subscribeToPattern(subscriber: Subscriber, text: string): void {
    subscriber.patterns.add(text)
    let pattern = this.#patterns.get(text)
    if (pattern === undefined) {
      const bytes = Buffer.from(text, 'latin1')
      pattern = { glob: new GlobPattern(bytes), text: bytes, subscribers: new Set() }
      this.#patterns.set(text, pattern)
    }
    pattern.subscribers.add(subscriber)
  }

  unsubscribeFromPattern(subscriber: Subscriber, text: string): void {
    subscriber.patterns.delete(text)
    const pattern = this.#patterns.get(text)
    if (pattern?.subscribers.delete(subscriber) && pattern.subscribers.size === 0) this.#patterns.delete(text)
  }

  /** Forgets a subscriber. */
  remove(subscriber: Subscriber): void {
    for (const channel of subscriber.channels) this.unsubscribe(subscriber, channel)
    for (const channel of subscriber.shardChannels) this.unsubscribeFromShard(subscriber, channel)
    for (const pattern of subscriber.patterns) this.unsubscribeFromPattern(subscriber, pattern)
  }

  /** Delivers a message, and returns how many got it: one client as often as its subscriptions match. */
  publish(channel: Buffer, message: Buffer): number {
    let count = 0
    const subscribers = this.#channels.size === 0 ? undefined : this.#channels.get(channel.toString('latin1'))
    if (subscribers !== undefined) {
      for (const subscriber of subscribers) deliver(subscriber, 'message', channel, message)
      count += subscribers.size
    }
    for (const pattern of this.#patterns.values()) {
      if (!pattern.glob.matches(channel, 0, channel.length)) continue
      for (const subscriber of pattern.subscribers) {
        subscriber.deliver((reply) => {
          reply.push(4)
          reply.text('pmessage')
          reply.bulk(pattern.text, 0, pattern.text.length)
          reply.bulk(channel, 0, channel.length)
          reply.bulk(message, 0, message.length)
        })
      }
      count += pattern.subscribers.size
    }
    return count
  }

  /** The same for a shard channel, which no pattern matches. */
  publishToShard(channel: Buffer, message: Buffer): number {
    const subscribers = this.#shardChannels.get(channel.toString('latin1'))
    if (subscribers === undefined) return 0
    for (const subscriber of subscribers) deliver(subscriber, 'smessage', channel, message)
    return subscribers.size
  }

  /** Channels that somebody is subscribed to by name, those that match where a pattern is given. */
  names(ofShards: boolean, pattern: GlobPattern | null): string[] {
    const names = [...(ofShards ? this.#shardChannels : this.#channels).keys()]
    if (pattern === null) return names
    return names.filter((name) => pattern.matches(Buffer.from(name, 'latin1'), 0, name.length))
  }

  /** How many are subscribed to a channel by name. */
  subscribersOf(ofShards: boolean, channel: string): number {
    return (ofShards ? this.#shardChannels : this.#channels).get(channel)?.size ?? 0
  }
}

function join(members: Members, own: Set<string>, subscriber: Subscriber, channel: string): void {
  own.add(channel)
  const subscribers = members.get(channel)
  if (subscribers === undefined) members.set(channel, new Set([subscriber]))
  else subscribers.add(subscriber)
}

function leave(members: Members, own: Set<string>, subscriber: Subscriber, channel: string): void {
  own.delete(channel)
  const subscribers = members.get(channel)
  if (subscribers?.delete(subscriber) && subscribers.size === 0) members.delete(channel)
}

function deliver(subscriber: Subscriber, kind: string, channel: Buffer, message: Buffer): void {
  subscriber.deliver((reply) => {
    reply.push(3)
    reply.text(kind)
    reply.bulk(channel, 0, channel.length)
    reply.bulk(message, 0, message.length)
  })
}
