import type { SourceChange } from './loading/source-loader.ts'

/** A mistake that the simulation has to find. */
export interface Plant {
  readonly name: string
  /** What is wrong with it, for people. */
  readonly mistake: string
  readonly changes: readonly SourceChange[]
}

/**
 * The planted bugs. None is in the packages: each changes a line of their sources as the simulation loads them, and
 * loading fails where that line is there no more.
 */
export const PLANTS: readonly Plant[] = [
  plant('acknowledge-before-write', 'a write counts as durable before it has been synced', {
    file: 'store/src/journal/journal-writer.ts',
    find: 'await this.#files.sync(segment)',
    replace: '',
  }),
  plant('offset-off-by-one', 'the journal is read from one byte behind where a slave asked to go on', {
    file: 'master/src/master.ts',
    find: 'openReader: (offset) => this.store.journal.reader(offset),',
    replace:
      'openReader: (offset) => this.store.journal.reader(offset < this.store.journal.endOffset ? offset + 1 : offset),',
  }),
  plant('page-not-cloned', 'a page of the index is written though an open snapshot shares it', {
    file: 'store/src/keyspace/paged-index.ts',
    find: 'if (page.epoch > this.#log.sealedEpoch) return page',
    replace: 'return page',
  }),
  plant('record-not-sealed', 'a record is written in place though an open snapshot sees it', {
    file: 'store/src/keyspace/record-log.ts',
    find: 'if (this.arena.segments[number]!.openedAt > this.sealedEpoch) return false',
    replace: 'if (this.arena.segments[number]!.openedAt >= 0) return false',
  }),
  plant('resume-unchecked', 'a slave goes on from its offset whatever its history is', {
    file: 'master/src/synchronization-decision.ts',
    find: 'if (!names.some((name) => name === facts.replicationId || facts.isPrefix(name, offset))) {',
    replace: 'if (names.length === 0) {',
  }),
  plant('ahead-unchecked', 'a slave that has more than its master goes on', {
    file: 'master/src/synchronization-decision.ts',
    find: 'if (offset > facts.endOffset) {',
    replace: 'if (offset > facts.endOffset + 1e9) {',
  }),
  plant(
    'unsafe-end-not-shared',
    'a slave copies all again where its new master has the end of its stream not on disk yet',
    {
      file: 'master/src/master.ts',
      find: 'endOffset: journal.endOffset,',
      replace: 'endOffset: journal.readableOffset,',
    },
  ),
  plant('take-over-unchecked', 'a slave takes over though it has lost writes since it was asked', {
    file: 'slave/src/following/take-over.ts',
    find: 'if (store.offset < offset) {',
    replace: 'if (store.offset < 0) {',
  }),
  plant('removed-file-comes-back', 'recovery does not look whether two files before the snapshot follow one another', {
    file: 'store/src/journal/journal-recovery.ts',
    find: ' || next.header.previousOffset !== startOffset) return null',
    replace: ') return null',
  }),
  plant('history-kept-at-promotion', 'a promoted slave goes on writing under the id of its master', {
    file: 'store/src/store/following.ts',
    find: 'const history = branchHistory(files.history, owner.journal.endOffset)',
    replace: 'const history = files.history',
  }),
  plant('history-kept-after-crash', 'a master that has crashed goes on writing under the same id', {
    file: 'store/src/store/node-files.ts',
    find: 'const isBranching = !isFollowing && !isClean',
    replace: 'const isBranching = false',
  }),
  plant('second-id-beyond-its-offset', 'a former id is accepted beyond the offset where it ended', {
    file: 'store/src/store/history.ts',
    find: 'former.replicationId === replicationId && offset <= former.offset',
    replace: 'former.replicationId === replicationId',
  }),
  plant('torn-tail-kept', 'recovery leaves the torn end of a journal in its file', {
    file: 'store/src/journal/journal-recovery.ts',
    find: 'await file.truncate(position)',
    replace: '',
  }),
  plant('snapshot-not-synced', "a received snapshot is made this node's state before it is on disk", {
    file: 'store/src/persistence/incoming-snapshot.ts',
    find: 'await this.#syncAll()',
    replace: '',
  }),
  plant('manifest-not-synced', 'the manifest is replaced before its bytes are on disk', {
    file: 'store/src/store/manifest.ts',
    find: 'file.datasyncSync()',
    replace: '',
  }),
  plant('stream-beyond-readable', 'slaves are fed what their master may lose when it is killed', {
    file: 'store/src/journal/journal-reader.ts',
    find: 'return this.#includesUnwritten ? this.#source.endOffset : this.#source.readableOffset',
    replace: 'return this.#includesUnwritten ? this.#source.endOffset : this.#source.endOffset',
  }),
  plant('incomplete-command-kept', 'the beginning of a command outlives the link that brought it', {
    file: 'slave/src/link/slave-link.ts',
    find: 'this.owner.store.discardIncomplete()',
    replace: '',
  }),
  plant('slave-expires', 'a slave deletes what has expired by its own clock', {
    file: 'store/src/store/upkeep.ts',
    find: 'const mayExpire = !executor.isReadOnly &&',
    replace: 'const mayExpire =',
  }),
  plant('snapshot-offset-late', 'a snapshot gets the offset at which it was done, not the one it was begun at', {
    file: 'store/src/store/snapshot-keeper.ts',
    find: 'await whenReadable(journal, offset, signal)',
    replace: 'Object.assign(file, { offset: journal.endOffset }); await whenReadable(journal, offset, signal)',
  }),
  plant('checksum-not-compared', 'a received snapshot is not compared with its checksum', {
    file: 'store/src/persistence/incoming-snapshot.ts',
    find: 'if (crc64 !== expected || crc64 === CRC64_OF_ZEROS) {',
    replace: 'if (crc64 === null) {',
  }),
  plant('acknowledges-unsynced', 'a slave says that all it has is durable', {
    file: 'slave/src/slave.ts',
    find: 'durable: this.store.journal.durableOffset,',
    replace: 'durable: this.store.offset,',
  }),
  plant('trimmed-too-early', 'the journal keeps nothing for slaves that are away', {
    file: 'store/src/journal/journal.ts',
    find: 'const limit = Math.min(this.#trimOffset, retained, this.#firstNeededOffset())',
    replace: 'const limit = Math.min(this.#trimOffset, this.#firstNeededOffset())',
  }),
  plant('adoption-without-history', 'a received snapshot is loaded, and the old history kept', {
    file: 'store/src/store/node-files.ts',
    find: 'history: { replicationId: file.replicationId, former: former.slice(0, MAX_FORMER_HISTORIES) },',
    replace: '',
  }),
  plant('former-ids-not-cut', 'after a loss of power a former id is said to be valid beyond what was recovered', {
    file: 'store/src/store/history.ts',
    find: '.map((entry) => (entry.offset <= offset ? entry : { replicationId: entry.replicationId, offset }))',
    replace: '',
  }),
  plant(
    'snapshot-under-former-id',
    'a snapshot that was begun before a promotion is offered under the id from before',
    {
      file: 'master/src/link/master-link.ts',
      find: 'const { replicationId } = this.setup.facts()',
      replace: 'const replicationId = id.slice(0, 40)',
    },
  ),
  plant(
    'failover-without-waiting',
    'a failover hands over to a slave that lacks writes, and that takes over',
    {
      file: 'server/src/replication/failover.ts',
      find: 'const caughtUp = await this.#node.master.whenCaughtUp(isWanted, timeout, signal)',
      replace: 'const caughtUp = this.#node.master.slaves.find(isWanted) ?? null; await null',
    },
    {
      file: 'slave/src/following/take-over.ts',
      find: 'if (store.offset < offset) {',
      replace: 'if (store.offset < 0) {',
    },
  ),
  plant(
    'failover-without-holding-writes',
    'a master that hands over goes on taking writes, and the slave takes over without them',
    {
      file: 'server/src/replication/failover.ts',
      find: 'this.#holds = [this.#node.store.holdWrites()]',
      replace: 'this.#holds = []',
    },
    {
      file: 'slave/src/following/take-over.ts',
      find: 'if (store.offset < offset) {',
      replace: 'if (store.offset < 0) {',
    },
  ),
]

/** @throws RangeError */
export function plantNamed(name: string): Plant {
  const plant = PLANTS.find((candidate) => candidate.name === name)
  if (plant === undefined) throw new RangeError(`there is no plant '${name}'; --plants lists them`)
  return plant
}

function plant(name: string, mistake: string, ...changes: SourceChange[]): Plant {
  return { name, mistake, changes }
}
