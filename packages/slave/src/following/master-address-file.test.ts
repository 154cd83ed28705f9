import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeDisk } from '@repl/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkMasterAddress, MASTER_ADDRESS_FILE, readMasterAddress, saveMasterAddress } from './master-address-file.ts'

describe('the saved address', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'repl-address-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('is what was saved last, and leaves nothing else behind', () => {
    expect(readMasterAddress(nodeDisk, directory)).toBeNull()
    saveMasterAddress(nodeDisk, directory, { host: '127.0.0.1', port: 6380 })
    saveMasterAddress(nodeDisk, directory, { host: 'db-1.example', port: 1 })
    expect(readMasterAddress(nodeDisk, directory)).toEqual({ host: 'db-1.example', port: 1 })
    expect(readdirSync(directory)).toEqual([MASTER_ADDRESS_FILE])
    saveMasterAddress(nodeDisk, directory, null)
    saveMasterAddress(nodeDisk, directory, null)
    expect(readdirSync(directory)).toEqual([])
  })

  it.each(['', 'nothing', '{}', '{"host":"a"}', '{"host":"a","port":"1"}', 'null', '{"host":"a b","port":1}'])(
    'refuses %j',
    (text) => {
      writeFileSync(join(directory, MASTER_ADDRESS_FILE), text)
      expect(() => readMasterAddress(nodeDisk, directory)).toThrow(
        expect.objectContaining({ code: 'MASTER_ADDRESS_DAMAGED' }),
      )
    },
  )

  it.each([
    ['', 1],
    ['a'.repeat(254), 1],
    ['a', 0],
    ['a', 65_536],
    ['a', 1.5],
    ['a', '1'],
  ])('takes no address like %s:%s', (host, port) => {
    expect(() => checkMasterAddress(host, port)).toThrow(RangeError)
  })
})
