import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeDisk } from '../disk/node-disk.ts'
import { MANIFEST_FILE_NAME, type Manifest, readManifest, writeManifest } from './manifest.ts'

const manifest: Manifest = {
  history: { replicationId: 'a'.repeat(40), former: [{ replicationId: 'b'.repeat(40), offset: 7 }] },
  journal: { directory: 'journal-1', startOffset: 5, replicationId: 'b'.repeat(40) },
  snapshot: {
    id: `${'b'.repeat(40)}-5-0123456789abcdef`,
    fileName: 'snapshot-5.rdb',
    size: 120,
    crc64: '0123456789abcdef',
    replicationId: 'b'.repeat(40),
    offset: 5,
    createdAt: 1_700_000_000_000,
  },
  olderSnapshots: [
    {
      id: `${'b'.repeat(40)}-3-0123456789abcdee`,
      fileName: 'snapshot-3.rdb',
      size: 110,
      crc64: '0123456789abcdee',
      replicationId: 'b'.repeat(40),
      offset: 3,
      createdAt: 1_600_000_000_000,
    },
  ],
  isFollowing: true,
  isClean: false,
}

describe('manifest', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'repl-manifest-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('is null where there is none', () => {
    expect(readManifest(nodeDisk, directory)).toBeNull()
  })

  it('reads back as it was written, and leaves no other file', async () => {
    writeManifest(nodeDisk, directory, manifest)
    expect(readManifest(nodeDisk, directory)).toEqual(manifest)
    const next = { ...manifest, snapshot: null, isClean: true }
    writeManifest(nodeDisk, directory, next)
    expect(readManifest(nodeDisk, directory)).toEqual(next)
    expect(await readdir(directory)).toEqual([MANIFEST_FILE_NAME])
  })

  it.each([
    ['no JSON', '{'],
    ['another version', JSON.stringify({ version: 2, ...manifest })],
    [
      'a file outside the folder',
      JSON.stringify({ version: 1, ...manifest, journal: { ...manifest.journal, directory: '../x' } }),
    ],
    ['a missing field', JSON.stringify({ version: 1, ...manifest, isClean: undefined })],
    [
      'a negative offset',
      JSON.stringify({ version: 1, ...manifest, journal: { ...manifest.journal, startOffset: -1 } }),
    ],
  ])('refuses %s and names the file', async (_, text) => {
    await writeFile(join(directory, MANIFEST_FILE_NAME), text)
    expect(() => readManifest(nodeDisk, directory)).toThrow(expect.objectContaining({ code: 'MANIFEST_DAMAGED' }))
    expect(() => readManifest(nodeDisk, directory)).toThrow(MANIFEST_FILE_NAME)
  })
})
