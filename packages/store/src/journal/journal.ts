import { EventEmitter } from 'node:events'
import type { CommandArguments } from '../commands/command-arguments.ts'
import type { Disk } from '../disk/disk.ts'
import type { JournalWriteError } from './journal-errors.ts'
import { JournalReader } from './journal-reader.ts'

/** When bytes are made safe against a loss of power; Redis's `appendfsync`. */
export type FsyncPolicy = 'always' | 'everysec' | 'no'

/** Where a journal lies and how much it keeps. */
export interface JournalOptions {
  readonly directory: string | null
  readonly replicationId: string
  readonly fsync: FsyncPolicy
  readonly memoryBytes: number
  readonly segmentBytes: number
  readonly retainBytes: number
  readonly startOffset: number
  readonly foreignSegments?: 'refuse' | 'remove'
  readonly disk?: Disk
}

/** What a journal tells. */
export interface JournalEvents {
  readable: []
  durable: []
  error: [JournalWriteError]
  healed: []
}

/** The stream of one history, append-only. */
export class Journal extends EventEmitter<JournalEvents> {
  declare readonly firstOffset: number
  declare readonly endOffset: number
  declare readonly writtenOffset: number
  declare readonly durableOffset: number
  declare readonly readableOffset: number
  declare readonly pendingBytes: number
  declare readonly failure: JournalWriteError | null
  declare fsync: FsyncPolicy

  static open(_options: JournalOptions): Promise<Journal> {
    throw new Error('not written yet')
  }

  append(_args: CommandArguments): void {}
  appendEncoded(_bytes: Uint8Array, _start: number, _end: number): void {}
  flush(): void {}
  whenDurable(_offset: number): Promise<void> {
    throw new Error('not written yet')
  }
  reader(from: number): JournalReader {
    return new JournalReader(this, from)
  }
  trimBefore(_offset: number): Promise<void> {
    throw new Error('not written yet')
  }
  close(): Promise<void> {
    throw new Error('not written yet')
  }
}
