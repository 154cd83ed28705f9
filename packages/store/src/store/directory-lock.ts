import { open, readFile, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ignoreMissing } from '../disk/missing-file.ts'
import { StoreError } from './store-error.ts'

const LOCK_FILE = 'lock'

/** Folders that stores of this very process have open: a process id alone can't tell two stores of one process apart. */
const lockedHere = new Set<string>()

/**
 * Keeps two stores from writing into one folder: a file with the process id of the owner. A lock whose owner no
 * longer lives is taken over, so a killed process never has to be cleaned up after.
 * @throws StoreError STORE_LOCKED
 */
export async function lockDirectory(directory: string): Promise<AsyncDisposable> {
  const folder = resolve(directory)
  const path = join(folder, LOCK_FILE)
  if (lockedHere.has(folder)) {
    throw new StoreError('STORE_LOCKED', `${folder} is already open in this process`)
  }
  lockedHere.add(folder)
  try {
    await takeLock(path, folder)
  } catch (error) {
    lockedHere.delete(folder)
    throw error
  }
  return {
    async [Symbol.asyncDispose]() {
      await unlink(path).catch(ignoreMissing)
      lockedHere.delete(folder)
    },
  }
}

async function takeLock(path: string, folder: string): Promise<void> {
  for (;;) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(`${process.pid}\n`)
      await file.close()
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const owner = Number((await readFile(path, 'latin1').catch(() => '')).trim())
    // Our own process id in the file is an earlier process of the same number: containers start counting at 1.
    if (owner > 0 && owner !== process.pid && isAlive(owner)) {
      throw new StoreError('STORE_LOCKED', `${folder} is in use by process ${owner} (see ${path})`)
    }
    await unlink(path).catch(ignoreMissing)
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
