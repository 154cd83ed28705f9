/** Where a record lies in its arena: a 32-bit number in units of 8 bytes; 0 is none. */
export type Address = number

/** The memory that records live in, outside the JavaScript heap. Several key spaces may share one. */
export class Arena {}
