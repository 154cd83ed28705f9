/** Something is not as it must be; the message says what. */
export class DemoFailure extends Error {
  readonly code = 'DEMO_FAILURE'
  override readonly name = 'DemoFailure'
}
