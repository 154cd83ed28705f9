/** How long it sleeps at most before it looks at the rate again, in ms. */
const LONGEST_SLEEP = 100
/** What was not sent lately may be sent at once, for so many ms of the rate. */
const BURST_TIME = 100

/** A token bucket: holds whoever takes bytes to a rate that may change at any time. */
export class RateLimiter {
  private bytesPerSecond = 0
  /** Bytes that may go at once; negative after more have gone. */
  private tokens = 0
  private filledAt = performance.now()

  /** Bytes per second; 0 for any number. */
  get rate(): number {
    return this.bytesPerSecond
  }

  set rate(bytesPerSecond: number) {
    this.fill()
    this.bytesPerSecond = bytesPerSecond
  }

  /** A length for pieces of what is sent, of at most `length` bytes: ten a second or more, so that it flows evenly. */
  pieceLength(length: number): number {
    return this.rate === 0 ? length : Math.min(length, Math.max(1024, Math.floor(this.rate / 10)))
  }

  /** Resolves when so many bytes may be sent. */
  async take(bytes: number): Promise<void> {
    this.fill()
    while (this.rate > 0 && this.tokens < 0) {
      const sleep = Math.min(LONGEST_SLEEP, (-this.tokens / this.rate) * 1000)
      await new Promise((resolve) => setTimeout(resolve, Math.ceil(sleep)))
      this.fill()
    }
    this.tokens = this.rate === 0 ? 0 : this.tokens - bytes
  }

  private fill(): void {
    const now = performance.now()
    const filled = this.tokens + ((now - this.filledAt) / 1000) * this.rate
    this.tokens = Math.min(filled, (BURST_TIME / 1000) * this.rate)
    this.filledAt = now
  }
}
