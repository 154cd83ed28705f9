/**
 * Where a command puts its answer. The RESP front door writes it to a socket's buffer, an embedded call builds a
 * JavaScript value of it, the journal's replay throws it away. Each method adds one RESP value; `array`, `set`,
 * `map`, `pairs` and `push` announce how many follow.
 */
export interface Reply {
  /** A status such as `OK`. */
  status(text: string): void
  /**
   * An error; the text begins with its code: `ERR syntax error`. Each character is one byte (latin1), since it may
   * repeat what a client sent; CR and LF are dropped at its end and written as spaces elsewhere.
   */
  error(text: string): void
  integer(value: number | bigint): void
  /** A string: bytes[start, end). Copied before the call returns. */
  bulk(bytes: Uint8Array, start: number, end: number): void
  /** A string from JavaScript text, as UTF-8. */
  text(value: string): void
  /** RESP3 null; the null bulk string in RESP2. */
  nil(): void
  /** RESP3 null; the null array in RESP2. */
  nilArray(): void
  /** RESP3 double; a bulk string in RESP2. */
  double(value: number): void
  /** RESP3 boolean; 1 or 0 in RESP2. */
  boolean(value: boolean): void
  /** RESP3 big number; a bulk string in RESP2. */
  bigNumber(value: bigint): void
  /** RESP3 verbatim string (`txt`); a bulk string in RESP2. */
  verbatim(text: string): void
  array(length: number): void
  /** RESP3 set; an array in RESP2. */
  set(length: number): void
  /** RESP3 map of `length` pairs; an array of twice the length in RESP2. */
  map(length: number): void
  /** RESP3 array of `length` pairs, each begun by `pair`; one array of twice the length in RESP2. */
  pairs(length: number): void
  /** Begins one of `pairs`: its two values follow. */
  pair(): void
  /** RESP3 push; an array in RESP2. */
  push(length: number): void
}
