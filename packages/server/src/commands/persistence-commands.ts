import type { Command } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import { SYNTAX_ERROR, wordOf } from './argument-text.ts'

type ServerCommand = Command<ClientContext>

const SAVE_IN_PROGRESS = 'ERR Background save already in progress'

const backgroundSave: ServerCommand = {
  name: 'bgsave',
  arity: -1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  group: 'server',
  since: '1.0.0',
  summary: 'Asynchronously save the dataset to disk',
  syntax: '[SCHEDULE]@3.2.2',
  complexity: 'O(1)',
  history: [['3.2.2', 'Added the `SCHEDULE` option.']],
  propagation: 'none',
  execute({ node }, args, reply) {
    const isScheduled = args.count === 2 && wordOf(args, 1) === 'schedule'
    if (args.count > 1 && !isScheduled) return reply.error(SYNTAX_ERROR)
    if (node.store.persistence.isSaving) {
      // One that is asked for "when there is time" is content with the one under way.
      if (isScheduled) return reply.status('Background saving scheduled')
      return reply.error(SAVE_IN_PROGRESS)
    }
    node.store
      .persistSnapshot()
      .then((file) => node.logger.info({ path: file.path, bytes: file.size }, 'snapshot persisted'))
      .catch((error: unknown) => node.logger.error({ err: error }, 'the snapshot could not be persisted'))
    reply.status('Background saving started')
  },
}

const save: ServerCommand = {
  name: 'save',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  group: 'server',
  since: '1.0.0',
  summary: 'Synchronously save the dataset to disk',
  complexity: 'O(N) where N is the total number of keys in all databases',
  propagation: 'none',
  execute({ client, node }, _args, reply) {
    if (node.store.persistence.isSaving) return reply.error(SAVE_IN_PROGRESS)
    client.suspend(async () => {
      try {
        await node.store.persistSnapshot()
        reply.status('OK')
      } catch (error) {
        reply.error(`ERR ${error instanceof Error ? error.message : String(error)}`)
      }
    })
  },
}

const lastSave: ServerCommand = {
  name: 'lastsave',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  tips: ['nondeterministic_output'],
  group: 'server',
  since: '1.0.0',
  summary: 'Get the UNIX time stamp of the last successful save to disk',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ node }, _args, reply) {
    reply.integer(Math.floor(node.store.persistence.lastSaveAt / 1000))
  },
}

const shutdown: ServerCommand = {
  name: 'shutdown',
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  group: 'server',
  since: '1.0.0',
  summary: 'Synchronously save the dataset to disk and then shut down the server',
  syntax: '[NOSAVE | SAVE] [NOW]@7.0.0 [FORCE]@7.0.0 [ABORT]@7.0.0',
  complexity: 'O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)',
  history: [['7.0.0', 'Added the `NOW`, `FORCE` and `ABORT` modifiers.']],
  propagation: 'none',
  execute({ client, node }, args, reply) {
    const words = new Set(Array.from({ length: args.count - 1 }, (_, i) => wordOf(args, i + 1)))
    const isKnown = [...words].every((word) => ['save', 'nosave', 'now', 'force', 'abort'].includes(word))
    if (!isKnown || words.size !== args.count - 1 || (words.has('save') && words.has('nosave'))) {
      return reply.error(SYNTAX_ERROR)
    }
    if (words.has('abort')) {
      return reply.error(words.size > 1 ? SYNTAX_ERROR : 'ERR No shutdown in progress.')
    }
    const shouldSave = words.has('save') || (!words.has('nosave') && node.configuration.values.save.length > 0)
    node.logger.info({ client: client.address }, 'told to shut down')
    client.suspend(async () => {
      try {
        // Whoever asked sees the connection end, and nothing else, as with Redis.
        await node.shutdown(shouldSave)
      } catch (error) {
        node.logger.error({ err: error }, 'not shut down: the snapshot could not be persisted')
        reply.error('ERR Errors trying to SHUTDOWN. Check logs.')
      }
    })
  },
}

/** What goes to disk, and the end. */
export const persistenceCommands: readonly ServerCommand[] = [backgroundSave, save, lastSave, shutdown]
