import { join } from 'node:path'
import type { Disk } from '@repl/store'
import type { MasterAddress } from './following-state.ts'

/** The name of the file in the store's folder. */
export const MASTER_ADDRESS_FILE = 'master-address.json'

/** The longest host name, as DNS has it. */
export const MAX_HOST_LENGTH = 253

/** The saved address is there but is none. */
export class MasterAddressDamagedError extends Error {
  override readonly name = 'MasterAddressDamagedError'
  readonly code = 'MASTER_ADDRESS_DAMAGED'
}

/** An address as it is on disk. */
export interface SavedMaster extends MasterAddress {
  /** The one there is still to be asked to become the master. */
  readonly takeOver?: true
}

/** Checks an address that comes from outside. @throws RangeError */
export function checkMasterAddress(host: unknown, port: unknown): MasterAddress {
  if (typeof host !== 'string' || host.length === 0 || host.length > MAX_HOST_LENGTH || /\s/.test(host)) {
    throw new RangeError(`a master's host must be a name of 1 to ${MAX_HOST_LENGTH} characters, and is '${host}'`)
  }
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RangeError(`a master's port must be a number from 1 to 65535, and is ${port}`)
  }
  return { host, port }
}

/**
 * Writes the master's address down (step 1), or that there is none. When it returns, a restart will remember it, also
 * after a loss of power. Synchronous, because it is small and the promise is "at once".
 * @throws the file system's error
 */
export function saveMasterAddress(disk: Disk, directory: string, master: SavedMaster | null): void {
  const path = join(directory, MASTER_ADDRESS_FILE)
  if (master === null) {
    removeIfPresent(disk, path)
    disk.syncDirectorySync(directory)
    return
  }
  const temporary = `${path}.tmp-${process.pid}`
  try {
    const file = disk.openSync(temporary, 'create')
    try {
      file.writeSync([Buffer.from(`${JSON.stringify(master)}\n`)], 0)
      file.datasyncSync()
    } finally {
      file.closeSync()
    }
    disk.renameSync(temporary, path)
  } catch (error) {
    removeIfPresent(disk, temporary)
    throw error
  }
  disk.syncDirectorySync(directory)
}

/** Reads the saved address; null where there is none. @throws MasterAddressDamagedError */
export function readMasterAddress(disk: Disk, directory: string): SavedMaster | null {
  const path = join(directory, MASTER_ADDRESS_FILE)
  let text: string
  try {
    text = disk.readFileSync(path).toString('utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) throw new TypeError('not an object')
    const master = checkMasterAddress(Reflect.get(value, 'host'), Reflect.get(value, 'port'))
    return Reflect.get(value, 'takeOver') === true ? { ...master, takeOver: true } : master
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MasterAddressDamagedError(`${path} is damaged: ${reason}`, { cause: error })
  }
}

function removeIfPresent(disk: Disk, path: string): void {
  try {
    disk.unlinkSync(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
