/** How one slave is doing, as `INFO replication` shows it. */
export interface SlaveStatus {
  /** Where the slave says that it is reached, or where its connection comes from. */
  readonly address: string
  /** The port that the slave announced; 0 where it announced none. */
  readonly port: number
  readonly runId: string
  /** Redis's words: a snapshot is awaited, is being sent, or the stream flows. */
  readonly state: 'wait_bgsave' | 'send_bulk' | 'online'
  readonly receivedOffset: number
  readonly appliedOffset: number
  readonly durableOffset: number
  /** Seconds since the last acknowledgement. */
  readonly lag: number
  /** Bytes sent on the link, frames included; the snapshot is not among them. */
  readonly bytesSent: number
  /** The place in the line for transfers: 1 is next, 0 for not in it. */
  readonly queuePlace: number
  readonly snapshotBytesSent: number
  /** Bytes of the snapshot; 0 where there is none. */
  readonly snapshotSize: number
  /** The process that sends the snapshot now. */
  readonly sendingProcessId: number | undefined
  /** Unix milliseconds. */
  readonly connectedAt: number
}
