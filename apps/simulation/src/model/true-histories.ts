/** One history as it truly went: what was written under one replication id. */
export interface TrueHistory {
  readonly id: string
  /** What it goes on from; null where it begins with nothing. */
  readonly parent: TrueHistory | null
  /** Where it leaves its parent. */
  readonly start: number
  /** Who writes it: only one life of one node may. */
  readonly writer: string
  /** Its bytes from `start` on, in pieces. */
  readonly pieces: Buffer[]
  end: number
  /** How far its writer has shown it to others. */
  readable: number
}

/** All histories of a simulation, known from their writers. What any node has must be a prefix of one of them. */
export class TrueHistories {
  readonly #byId = new Map<string, TrueHistory>()

  get(id: string): TrueHistory | undefined {
    return this.#byId.get(id)
  }

  /** Notes that `writer` has begun a history. @throws Error where it branches off at what its parent never had */
  begin(id: string, parentId: string | null, start: number, writer: string): TrueHistory {
    const parent = parentId === null ? null : this.#known(parentId)
    if (parent !== null && start > parent.end) {
      throw new Error(`${short(id)} branches off ${short(parent.id)} at ${start}, which ends at ${parent.end}`)
    }
    // Whoever has survived with so much of it may show it to others, as part of the new one.
    if (parent !== null) this.show(parent, start)
    const history: TrueHistory = { id, parent, start, writer, pieces: [], end: start, readable: start }
    this.#byId.set(id, history)
    return history
  }

  /** Notes what the writer of a history has written. */
  append(history: TrueHistory, bytes: Buffer): void {
    history.pieces.push(Buffer.from(bytes))
    history.end += bytes.length
  }

  /** Notes that whoever writes a history lets others read it up to `offset`. */
  show(history: TrueHistory, offset: number): void {
    let end = offset
    for (let shown: TrueHistory | null = history; shown !== null; shown = shown.parent) {
      shown.readable = Math.max(shown.readable, Math.min(end, shown.end))
      end = Math.min(end, shown.start)
    }
  }

  /** The history on whose own part the byte before `offset` lies, for whoever follows `id`. */
  ownerAt(id: string, offset: number): TrueHistory {
    let history = this.#known(id)
    while (history.parent !== null && offset <= history.start) history = history.parent
    return history
  }

  /** Whether a copy of `id` up to `offset` is a prefix of what `otherId` is. Nothing is a prefix of all. */
  isPrefix(id: string, offset: number, otherId: string): boolean {
    if (offset === 0) return true
    const owner = this.ownerAt(id, offset)
    return owner === this.ownerAt(otherId, offset) && offset <= owner.end
  }

  /** The bytes of `id` from one offset to another. @throws Error where it never had them */
  slice(id: string, from: number, to: number): Buffer {
    const parts: Buffer[] = []
    let end = to
    for (let history: TrueHistory | null = this.#known(id); history !== null && end > from; history = history.parent) {
      if (end > history.end) throw new Error(`${short(history.id)} ends at ${history.end}, and ${end} was asked for`)
      const start = Math.max(from, history.start)
      if (end > start) {
        compact(history)
        parts.unshift((history.pieces[0] ?? Buffer.alloc(0)).subarray(start - history.start, end - history.start))
        end = start
      }
    }
    if (end > from) throw new Error(`${short(id)} has no bytes before ${end}`)
    return Buffer.concat(parts)
  }

  #known(id: string): TrueHistory {
    const history = this.#byId.get(id)
    if (history === undefined) throw new Error(`nobody ever began the history ${short(id)}`)
    return history
  }
}

/** The first digits of a replication id, enough for people. */
export function short(id: string): string {
  return id.slice(0, 6)
}

function compact(history: TrueHistory): void {
  if (history.pieces.length > 1) history.pieces.splice(0, history.pieces.length, Buffer.concat(history.pieces))
}
