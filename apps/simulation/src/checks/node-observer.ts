import type { History, Journal, JournalReader, Store } from '@repl/store'
import type { SimulatedNode } from '../cluster/simulated-node.ts'
import type { Death } from '../cluster/trouble.ts'
import { differenceFrom, readCollection } from '../model/data-difference.ts'
import { Shadow } from '../model/shadow.ts'
import { short, type TrueHistories } from '../model/true-histories.ts'
import { beforeAllExpiries } from '../runtime/patched-globals.ts'
import { readJournalFiles } from './journal-files.ts'
import { RetentionCheck } from './retention-check.ts'
import { Violation } from './violation.ts'

/** Whole data sets are compared at most so often, in ms; and whenever something special has happened. */
const COMPARISON_PERIOD = 300

/** Longer than any piece of a journal. */
const WHOLE_PIECE = 2 ** 30

/** What a node must still have after it has died. */
interface Promised {
  id: string
  /** After the death of its program. */
  killed: number
  /** After a loss of power. */
  powerless: number
}

/** Looks at one node after every event and compares what it has with what it should have. */
export class NodeObserver {
  readonly #node: SimulatedNode
  readonly #truth: TrueHistories
  readonly #now: () => number
  #shadow: Shadow
  #journal: Journal | null = null
  #reader: JournalReader | null = null
  #history: History | null = null
  #seenEnd = 0
  #comparedAt = 0
  #comparedOffset = -1
  #promised: Promised | null = null
  /** What is kept of the journal in this life, or was in the one before. */
  #retention: RetentionCheck | null = null
  /** How the life before ended: what it promised for that must be there. */
  #death: 'killed' | 'powerless' | 'orderly' = 'orderly'
  /** When the life before ended, a snapshot was on its way from the master. */
  #wasFetching = false
  /** While a snapshot is being loaded memory shows what was there before. */
  #before: { id: string; offset: number } | null = null

  constructor(node: SimulatedNode, truth: TrueHistories, now: () => number) {
    this.#node = node
    this.#truth = truth
    this.#now = now
    this.#shadow = new Shadow(truth)
  }

  /** The program dies, or the host loses its power while it runs. */
  onDeath(how: Death): void {
    if (how === 'diskless') {
      this.#promised = null
      this.#retention = null
    }
    // Power that was lost before anything was recovered counts for the next recovery still.
    else if (this.#journal !== null || how === 'powerless') this.#death = how
    const { running, isStopping } = this.#node
    // A slave that is being closed says nothing of a snapshot that it is just adopting.
    const isFetching = isStopping || running?.slave.state === 'transfer' || running?.slave.state === 'none'
    this.#wasFetching = isFetching || (this.#journal === null && this.#wasFetching)
    this.#forgetLife()
  }

  /** The program has ended, one way or the other. */
  onEnd(): void {
    if (this.#journal !== null) {
      this.#death = 'orderly'
      this.#wasFetching = false
    }
    this.#forgetLife()
  }

  #forgetLife(): void {
    // After a sync that failed nobody knows what the disk has, whatever the files seem to hold: the journal cuts them back
    // to what is durable, and writes them again from memory. A process that ends meanwhile takes that memory with it.
    if (this.#promised !== null && this.#node.hasSyncFailed) this.#promised.killed = this.#promised.powerless
    this.#journal = null
    this.#reader = null
    this.#before = null
  }

  /** A store has just been opened. */
  onRecovered(store: Store): void {
    const lastFirstOffset = this.#retention?.firstOffset ?? store.journal.firstOffset
    this.#look(store)
    const promised = this.#promised
    if (promised !== null) {
      const offset = this.#death === 'powerless' ? promised.powerless : promised.killed
      const { replicationId } = store.history
      const isKept = store.offset >= offset && this.#truth.isPrefix(promised.id, offset, replicationId)
      // Death may have come between the moment when a master's snapshot took the place of all that and its report.
      const isReplaced = this.#wasFetching && store.isReadOnly && store.latestSnapshot?.offset === store.offset
      const isAllKept = this.#death !== 'powerless' && !isReplaced
      if (!isKept && !isReplaced) {
        const what = `it had promised ${short(promised.id)} up to ${offset}`
        const has = `has recovered ${short(replicationId)} up to ${store.offset}`
        this.#fail('nothing promised is lost', `${what} (${this.#death}), and ${has}`)
      }
      if (isAllKept) this.#checkRetention(store, false, lastFirstOffset)
    }
    this.#promised = { id: store.history.replicationId, killed: store.offset, powerless: store.offset }
    this.compare(store)
    this.checkFiles(store)
  }

  /** Compares what is on disk of the journal, back to the first byte that it offers to others, with its history. */
  checkFiles(store: Store): void {
    const { firstOffset, writtenOffset } = store.journal
    this.#attempt('every journal is a prefix of its history', () => {
      const bytes = readJournalFiles(this.#node.disk, firstOffset, writtenOffset)
      const expected = this.#truth.slice(store.history.replicationId, firstOffset, writtenOffset)
      if (bytes.equals(expected)) return
      throw new Error(`its files differ from it at ${firstOffset + firstDifference(expected, bytes)}`)
    })
  }

  /** A client has been told that its write, which ended at `offset`, is safe. */
  onAnswered(id: string, offset: number): void {
    const promised = this.#promised
    if (promised === null || !this.#truth.isPrefix(promised.id, promised.powerless, id)) return
    promised.id = id
    promised.powerless = Math.max(promised.powerless, offset)
    promised.killed = Math.max(promised.killed, offset)
  }

  /** Looks at what the last event has changed. */
  look(store: Store): void {
    const { journal } = store
    const hasChanged = this.#look(store)
    if (this.#before !== null && !store.isLoading) {
      this.#before = null
      this.compare(store)
    }
    this.#notePromises(store, journal)
    this.#checkRetention(store, !this.#node.hasClockBeenSet)
    const isDue = this.#now() - this.#comparedAt >= COMPARISON_PERIOD && store.appliedOffset !== this.#comparedOffset
    if (hasChanged || isDue) this.compare(store)
  }

  /** Compares the whole data set with the model. */
  compare(store: Store): void {
    if (this.#node.isStopping) return
    this.#comparedAt = this.#now()
    this.#comparedOffset = store.appliedOffset
    const { id, offset } = this.#before ?? { id: store.history.replicationId, offset: store.appliedOffset }
    let difference: string | null
    try {
      const model = this.#shadow.at(id, offset)
      const read = (database: number, key: string) => readCollection(store, database, key)
      difference = beforeAllExpiries(() => differenceFrom(model, store.dataSet, read))
    } catch (error) {
      difference = String(error)
    }
    if (difference !== null) {
      this.#fail('every data set is a prefix of its history', `at ${short(id)} ${offset}: ${difference}`)
    }
  }

  /** Answers whether the history or the journal is another one. */
  #look(store: Store): boolean {
    const { journal, history } = store
    const isNewJournal = journal !== this.#journal
    const isNewHistory = history !== this.#history
    if (isNewJournal) {
      // In the middle of a life only the snapshot of a master brings another journal, which may have grown since.
      const isAdopted = this.#journal !== null
      if (isAdopted) this.#onAdoption(store)
      this.#journal = journal
      this.#retention = new RetentionCheck(journal, this.#now, this.#node.startedAt)
      this.#seenEnd = isAdopted ? journal.firstOffset : journal.endOffset
      this.#reader = journal.reader(this.#seenEnd, { includesUnwritten: true })
    }
    if (isNewHistory) this.#onHistory(store, history)
    if (journal.endOffset > this.#seenEnd) this.#onBytes(store)
    return isNewHistory || isNewJournal
  }

  #onAdoption(store: Store): void {
    // One that was loaded while it was received may be shown already.
    if (store.isLoading) this.#before ??= { id: this.#history!.replicationId, offset: this.#seenEnd }
    const { firstOffset } = store.journal
    this.#promised = { id: store.history.replicationId, killed: firstOffset, powerless: firstOffset }
  }

  #onHistory(store: Store, history: History): void {
    this.#history = history
    const { replicationId, former } = history
    if (!store.isReadOnly) this.#beginUnseen(former)
    if (this.#truth.get(replicationId) === undefined) {
      if (store.isReadOnly) this.#fail('histories are true', `follows ${short(replicationId)}, which nobody began`)
      const parent = former[0]
      this.#attempt('histories are true', () =>
        this.#truth.begin(replicationId, parent?.replicationId ?? null, parent?.offset ?? 0, this.#node.name),
      )
    }
    for (const { replicationId: id, offset } of former) {
      if (this.#truth.isPrefix(id, offset, replicationId)) continue
      this.#fail('histories are true', `says that ${short(id)} up to ${offset} is part of ${short(replicationId)}`)
    }
  }

  /** A life that ended before its store was open may have begun a history all the same, and written nothing. */
  #beginUnseen(former: History['former']): void {
    for (const [index, { replicationId, offset }] of [...former.entries()].reverse()) {
      if (this.#truth.get(replicationId) !== undefined) continue
      const parent = former[index + 1]
      this.#attempt('histories are true', () =>
        this.#truth.begin(
          replicationId,
          parent?.replicationId ?? null,
          parent === undefined ? 0 : offset,
          this.#node.name,
        ),
      )
    }
  }

  #onBytes(store: Store): void {
    const { replicationId } = store.history
    const from = this.#seenEnd
    const bytes = this.#read(store.journal.endOffset)
    this.#seenEnd = store.journal.endOffset
    const history = this.#truth.get(replicationId)!
    const isWriter = history.writer === this.#node.name && !store.isReadOnly
    const known = isWriter ? Math.min(Math.max(history.end - from, 0), bytes.length) : bytes.length
    if (isWriter && from > history.end) {
      this.#fail('histories are true', `goes on with ${short(replicationId)} at ${from}, behind its end ${history.end}`)
    }
    const expected = this.#attempt('every journal is a prefix of its history', () =>
      this.#truth.slice(replicationId, from, from + known),
    )
    if (!expected.equals(bytes.subarray(0, known))) {
      const at = from + firstDifference(expected, bytes)
      this.#fail('every journal is a prefix of its history', `differs from ${short(replicationId)} at ${at}`)
    }
    if (isWriter) {
      if (known < bytes.length) this.#truth.append(history, bytes.subarray(known))
      return
    }
    const owner = this.#truth.ownerAt(replicationId, this.#seenEnd)
    if (this.#seenEnd > owner.readable) {
      const detail = `has ${short(owner.id)} up to ${this.#seenEnd}; ${owner.writer} has shown it up to ${owner.readable}`
      this.#fail('no slave is ahead of what its master would recover', detail)
    }
  }

  #checkRetention(store: Store, isOfTime: boolean, lastFirstOffset?: number): void {
    const problem = this.#retention?.look(store, isOfTime, lastFirstOffset) ?? null
    if (problem !== null) this.#fail('what is kept for slaves is kept', `the journal ${problem}`)
  }

  #read(end: number): Buffer {
    const pieces: Buffer[] = []
    while (this.#reader!.offset < end) {
      const piece = this.#reader!.next(WHOLE_PIECE)
      if (piece === null || piece instanceof Promise) throw new Error('a journal has forgotten its very end')
      pieces.push(piece)
    }
    return Buffer.concat(pieces)
  }

  #notePromises(store: Store, journal: Journal): void {
    const promised = this.#promised
    if (promised === null) return
    const { replicationId } = store.history
    const history = this.#truth.get(replicationId)!
    if (history.writer === this.#node.name) this.#truth.show(history, journal.readableOffset)
    // The journal may be behind a snapshot that has just been adopted, but never behind itself.
    promised.id = replicationId
    promised.powerless = Math.max(promised.powerless, journal.durableOffset)
    promised.killed = Math.max(promised.killed, journal.readableOffset)
  }

  #attempt<T>(promise: string, action: () => T): T {
    try {
      return action()
    } catch (error) {
      return this.#fail(promise, error instanceof Error ? error.message : String(error))
    }
  }

  #fail(promise: string, detail: string): never {
    throw new Violation(promise, this.#node.name, detail)
  }
}

function firstDifference(left: Buffer, right: Buffer): number {
  let index = 0
  while (index < left.length && left[index] === right[index]) index++
  return index
}
