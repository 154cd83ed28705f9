import { hasExpired } from '../commands/expiry-time.ts'
import type { KeySpace } from '../keyspace/key-space.ts'
import { DATABASES } from './data-set.ts'

/** What one client relies on: keys that nobody may have changed when its transaction is carried out. */
export class Watch {
  /** Whether one of the keys has changed. */
  isBroken = false
  readonly keys: WatchedKey[] = []
}

interface WatchedKey {
  readonly watch: Watch
  readonly database: number
  readonly key: Buffer
  readonly text: string
  /** It had expired when it was watched, and was still there: its deletion is then no change. */
  hadExpired: boolean
}

/** The keys of all databases that are watched, by WATCH's rules. */
export class WatchedKeys {
  readonly #byDatabase: Map<string, Set<WatchedKey>>[] = Array.from({ length: DATABASES }, () => new Map())
  readonly #keySpace: (database: number) => KeySpace

  /** @param keySpace the present key space of a database */
  constructor(keySpace: (database: number) => KeySpace) {
    this.#keySpace = keySpace
  }

  isWatching(database: number): boolean {
    return this.#byDatabase[database]!.size > 0
  }

  /** Adds a key to a watch, which may have it already. */
  add(watch: Watch, database: number, key: Buffer): void {
    const text = key.toString('latin1')
    const keys = this.#byDatabase[database]!
    let watched = keys.get(text)
    if (watched === undefined) {
      watched = new Set()
      keys.set(text, watched)
    }
    for (const each of watched) if (each.watch === watch) return
    const hadExpired = isExpired(this.#keySpace(database), key)
    const entry = { watch, database, key, text, hadExpired }
    watched.add(entry)
    watch.keys.push(entry)
  }

  /** Forgets a watch. */
  remove(watch: Watch): void {
    for (const entry of watch.keys) {
      const keys = this.#byDatabase[entry.database]!
      const watched = keys.get(entry.text)
      if (watched?.delete(entry) && watched.size === 0) keys.delete(entry.text)
    }
    watch.keys.length = 0
  }

  /** Whether a key of the watch has changed, or has expired since. */
  isBroken(watch: Watch): boolean {
    return (
      watch.isBroken ||
      watch.keys.some(({ database, key, hadExpired }) => !hadExpired && isExpired(this.#keySpace(database), key))
    )
  }

  /** A key has changed. */
  touch(database: number, text: string): void {
    const watched = this.#byDatabase[database]!.get(text)
    if (watched === undefined) return
    for (const entry of watched) {
      if (entry.hadExpired && !isThere(this.#keySpace(database), entry.key)) entry.hadExpired = false
      else this.#break(entry.watch)
    }
  }

  /** All of a database is another now, or empty: what was there, and what is there now. */
  replaced(database: number, before: KeySpace, after: KeySpace | null): void {
    for (const watched of this.#byDatabase[database]!.values()) {
      for (const entry of watched) {
        const wasThere = isThere(before, entry.key)
        const isThereNow = after !== null && isThere(after, entry.key)
        if (!wasThere && !isThereNow) continue
        const isExpiredNow = isThereNow && isExpired(after, entry.key)
        if (entry.hadExpired && !isThereNow) entry.hadExpired = false
        else if (!wasThere && isExpiredNow) entry.hadExpired = true
        else if (!(entry.hadExpired && isExpiredNow)) this.#break(entry.watch)
      }
    }
  }

  #break(watch: Watch): void {
    watch.isBroken = true
    this.remove(watch)
  }
}

function isThere(keySpace: KeySpace, key: Buffer): boolean {
  return keySpace.find(key, 0, key.length) !== 0
}

function isExpired(keySpace: KeySpace, key: Buffer): boolean {
  const address = keySpace.find(key, 0, key.length)
  return address !== 0 && hasExpired(keySpace.expiresAt(address), Date.now())
}
