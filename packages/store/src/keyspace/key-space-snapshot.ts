/**
 * What {@link KeySpaceSnapshot.visit} calls for each record: the ranges are of `bytes`, valid until the call returns.
 * `expiresAt` is Unix time in milliseconds, 0 for never.
 */
export type RecordVisitor = (
  bytes: Buffer,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  type: number,
  expiresAt: number,
) => void

/** A key space as it was at one moment, to be read over many turns while writes go on. Its owner closes it. */
export class KeySpaceSnapshot implements Disposable {
  /** How many keys it holds. */
  readonly size: number = 0
  /** How many of them have an expiry. */
  readonly volatileSize: number = 0

  /**
   * Visits about `count` of the next records, in the order of their hashes, as they were when the snapshot was opened.
   * @returns whether there are more
   */
  visit(_count: number, _visitor: RecordVisitor): boolean {
    throw new Error('being built')
  }

  /** Lets go of what only this snapshot keeps in memory. Closing twice is fine. */
  close(): void {
    throw new Error('being built')
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
