import { CommandArguments } from '@repl/store'
import { expect, test } from 'vitest'
import { Channels, type Subscriber } from './channels.ts'
import { KeyspaceEvents, normalizeEventFlags } from './keyspace-events.ts'

// As redis-server 7.0.15 shows them, but for `n` beside `A`, which it has and does not show.
test.each([
  ['', ''],
  ['A', 'A'],
  ['KEA', 'AKE'],
  ['g$lshzxetdKE', 'AKE'],
  ['KElgmn', 'glnKEm'],
  ['Kn', 'nK'],
  ['mn', 'nm'],
  ['gx$KE', 'g$xKE'],
  ['q', null],
])('the letters %s are %s', (given, shown) => {
  expect(normalizeEventFlags(given)).toBe(shown)
})

test('publishes the classes that are asked for, by key and by event', () => {
  const channels = new Channels()
  const events = new KeyspaceEvents(channels)
  const published: string[] = []
  channels.publish = (channel, message) => published.push(`${channel} ${message}`)
  const args = CommandArguments.of('SET', 'a')
  events.publish('$', 'set', 3, args, 1)
  events.flags = 'KE$'
  expect([events.isActive, events.wants('$'), events.wants('m')]).toEqual([true, true, false])
  events.publish('$', 'set', 3, args, 1)
  events.publish('g', 'del', 3, args, 1)
  expect(published).toEqual(['__keyspace@3__:a set', '__keyevent@3__:set a'])
  // Neither K nor E: nothing at all.
  events.flags = 'A'
  expect(events.isActive).toBe(false)
})

test('a subscriber that goes leaves nothing behind', () => {
  const channels = new Channels()
  let delivered = 0
  const subscriber: Subscriber = {
    channels: new Set(),
    patterns: new Set(),
    shardChannels: new Set(),
    deliver: () => {
      delivered++
    },
  }
  channels.subscribe(subscriber, 'a')
  channels.subscribe(subscriber, 'a')
  channels.subscribeToPattern(subscriber, 'a*')
  channels.subscribeToShard(subscriber, 'a')
  expect(channels.publish(Buffer.from('a'), Buffer.from('m'))).toBe(2)
  expect(channels.publishToShard(Buffer.from('a'), Buffer.from('m'))).toBe(1)
  expect(delivered).toBe(3)
  channels.remove(subscriber)
  expect([channels.channelCount, channels.patternCount, channels.shardChannelCount]).toEqual([0, 0, 0])
  expect(channels.publish(Buffer.from('a'), Buffer.from('m'))).toBe(0)
})
