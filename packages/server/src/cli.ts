#!/usr/bin/env node
import { CommandLineError, helpText, parseCommandLine } from './configuration/command-line.ts'
import { defaultSettings } from './configuration/configuration.ts'
import { createLogger } from './logging/logger.ts'
import { Server } from './server.ts'
import { REDIS_VERSION, SERVER_VERSION } from './versions.ts'

const EXIT_FAILURE = 1
/** What a shell says of a program that a signal has ended. */
const EXIT_SIGNALLED = 130

async function main(): Promise<void> {
  const commandLine = parseCommandLine(process.argv.slice(2))
  if (commandLine.kind === 'help') {
    process.stdout.write(helpText())
    return
  }
  if (commandLine.kind === 'version') {
    process.stdout.write(`repl-server ${SERVER_VERSION} (Redis ${REDIS_VERSION}, Node.js ${process.versions.node})\n`)
    return
  }
  const { settings, file } = commandLine
  const logger = createLogger(settings.loglevel ?? defaultSettings().loglevel, process.stdout.isTTY === true)
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'an error that nobody expected; the journal on disk is as it is after a crash')
    process.exit(EXIT_FAILURE)
  })
  for (const warning of file?.warnings ?? []) logger.warn(warning)
  const server = await Server.start({ ...settings, ...(file === null ? {} : { configFile: file.path }), logger })
  let isEnding = false
  const end = (signal: NodeJS.Signals): void => {
    if (isEnding) process.exit(EXIT_SIGNALLED)
    isEnding = true
    logger.info({ signal }, 'shutting down; a second signal ends it at once')
    server.shutdown(server.configuration.values.save.length > 0).catch((error: unknown) => {
      logger.error({ err: error }, 'not shut down: the snapshot could not be persisted')
      isEnding = false
    })
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  const { store, port, configuration } = server
  logger.info(
    {
      host: configuration.values.bind,
      port,
      pid: process.pid,
      version: SERVER_VERSION,
      role: store.isReadOnly ? 'slave' : 'master',
      dir: store.isPersistent ? store.directory : null,
      keys: store.dataSet.size,
      offset: store.offset,
    },
    'ready to accept connections',
  )
  const { bind, requirepass } = configuration.values
  if (requirepass === '' && !bind.split(/\s+/).every(isLoopback)) {
    logger.warn({ host: bind }, 'no --requirepass: whoever reaches this port can read and write everything')
  }
  if (!store.isPersistent) logger.warn('no --dir: nothing is kept across restarts')
  await server.closed
  logger.info('bye')
}

function isLoopback(host: string): boolean {
  return /^-?(localhost$|::1$|127\.)/.test(host)
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error)
  const hint = error instanceof CommandLineError ? '\nTry repl-server --help.' : ''
  process.stderr.write(`repl-server: ${text}${hint}\n`)
  process.exitCode = EXIT_FAILURE
})
