import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { CommandArguments } from '../../src/commands/command-arguments.ts'
import { ValueReply } from '../../src/commands/value-reply.ts'
import { valueTypeName } from '../../src/commands/value-type-names.ts'
import { digestSnapshot } from '../../src/digest/snapshot-digest.ts'
import { KeySpace } from '../../src/keyspace/key-space.ts'
import { loadSnapshot } from '../../src/persistence/snapshot-loader.ts'
import { Crc64 } from '../../src/rdb/crc64.ts'
import { encodeRdbFileHeader } from '../../src/rdb/rdb-file-header.ts'
import { RdbRecordEncoder } from '../../src/rdb/rdb-record-encoder.ts'
import type { CommandParts } from '../commands/command-sequences.ts'
import { RedisPeer, redisPeerAbsence } from '../commands/redis-peer.ts'
import { StandaloneContext } from '../commands/standalone-context.ts'
import { samples } from './samples.ts'

const CRC64_BYTES = 8
const families = [...samples].map(([type, commands]) => [valueTypeName(type), commands] as const)
const latin1 = (parts: CommandParts): Buffer[] => parts.map((part) => Buffer.from(part, 'latin1'))

function keySpaceAfter(commands: readonly CommandParts[]): KeySpace {
  const context = new StandaloneContext(1_800_000_000_000)
  const reply = new ValueReply()
  for (const parts of commands) {
    context.execute(CommandArguments.of(...latin1(parts)), reply)
    expect(reply.take()).not.toBeInstanceOf(Error)
  }
  return context.keySpace
}

/** The RDB file of a key space. */
function fileOf(keySpace: KeySpace): Buffer {
  const pieces: Buffer[] = []
  const encoder = new RdbRecordEncoder((piece) => pieces.push(Buffer.from(piece)))
  encoder.appendEncoded(
    encodeRdbFileHeader({
      replicationId: 'ab'.repeat(20),
      offset: 1,
      streamDatabase: 0,
      createdAt: 1_800_000_000_000,
      usedMemory: 1,
    }),
  )
  using snapshot = keySpace.openSnapshot()
  encoder.selectDatabase(0, snapshot.size, snapshot.volatileSize)
  let hasMore = true
  while (hasMore || encoder.isWithinValue) {
    if (encoder.isWithinValue) encoder.advance()
    else hasMore = snapshot.visit(1, encoder.append)
  }
  encoder.end()
  const file = Buffer.concat([...pieces, Buffer.alloc(CRC64_BYTES)])
  const crc = new Crc64()
  crc.update(file, 0, file.length - CRC64_BYTES)
  crc.writeTo(file, file.length - CRC64_BYTES)
  return file
}

async function load(path: string): Promise<KeySpace> {
  const keySpace = new KeySpace()
  await loadSnapshot(path, { keySpaceFor: () => keySpace })
  return keySpace
}

async function digestOf(keySpace: KeySpace): Promise<string> {
  using snapshot = keySpace.openSnapshot()
  return (await digestSnapshot(snapshot)).toString()
}

describe('what is written', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'repl-rdb-exchange-'))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  test.each(families)('of type %s can be read', async (name, commands) => {
    const keySpace = keySpaceAfter(commands)
    const path = join(directory, `${name}.rdb`)
    writeFileSync(path, fileOf(keySpace))
    expect(await digestOf(await load(path))).toBe(await digestOf(keySpace))
  })
})

describe.skipIf(redisPeerAbsence !== null)(`redis-server (${redisPeerAbsence ?? 'compared'})`, () => {
  let peer: RedisPeer
  let dumpPath: string
  beforeAll(async () => {
    peer = await RedisPeer.start()
    const directory = (await peer.call('CONFIG', 'GET', 'dir')).split('\r\n')[4]!
    dumpPath = join(directory, 'dump.rdb')
  })
  afterAll(() => peer[Symbol.asyncDispose]())

  it.each(families)('reads what is written of type %s', async (_, commands) => {
    await peer.callAll([['FLUSHALL'], ...commands.map(latin1)])
    const expected = await peer.call('DEBUG', 'DIGEST')
    await peer.call('FLUSHALL')
    writeFileSync(dumpPath, fileOf(keySpaceAfter(commands)))
    expect(await peer.call('DEBUG', 'RELOAD', 'NOSAVE')).toBe('+OK\r\n')
    expect(await peer.call('DEBUG', 'DIGEST')).toBe(expected)
  })

  it.each(families)('writes what can be read of type %s', async (_, commands) => {
    await peer.callAll([['FLUSHALL'], ...commands.map(latin1)])
    expect(await peer.call('SAVE')).toBe('+OK\r\n')
    expect(readFileSync(dumpPath).length).toBeGreaterThan(0)
    expect(await digestOf(await load(dumpPath))).toBe(await digestOf(keySpaceAfter(commands)))
  })
})
