/** Something that sends at a rate. */
export interface RatedSending {
  /** Bytes per second; 0 for any number. */
  setRate(bytesPerSecond: number): void
}

/** Gives every transfer under way an equal part of the rate of all. */
export class RateSharing {
  private readonly total: () => number
  private readonly sendings = new Set<RatedSending>()

  /** `total`: bytes per second of all together; 0 for any number. Asked each time. */
  constructor(total: () => number) {
    this.total = total
  }

  /** The part of a transfer that is going to be added. */
  get shareOfNext(): number {
    return Math.ceil(this.total() / (this.sendings.size + 1))
  }

  add(sending: RatedSending): void {
    this.sendings.add(sending)
    this.update()
  }

  remove(sending: RatedSending): void {
    if (this.sendings.delete(sending)) this.update()
  }

  /** To be called when the total has changed. */
  update(): void {
    for (const sending of this.sendings) sending.setRate(Math.ceil(this.total() / this.sendings.size))
  }
}
