/**
 * When the journal is made safe against a loss of power; Redis's `appendfsync`. `always`: each batch, before anyone is
 * told of it. `everysec`: once a second. `no`: when a segment is complete, and whenever the system likes.
 */
export type FsyncPolicy = 'always' | 'everysec' | 'no'
