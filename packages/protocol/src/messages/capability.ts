/** Something a side is able to do; used only where both sides have said so. `zstd`: frames may be compressed. */
export type Capability = 'zstd'

/** The protocol version that this package speaks. */
export const PROTOCOL_VERSION = 1
