/** What a store's process asks of its launcher. A task's socket comes with the message. */
export type LauncherRequest =
  | { readonly type: 'start'; readonly id: number; readonly program: string; readonly order: object }
  | { readonly type: 'kill'; readonly id: number }

/** What a launcher tells. The child's line comes with `started`. */
export type LauncherReport =
  | { readonly type: 'started'; readonly id: number; readonly processId: number }
  | { readonly type: 'notStarted'; readonly id: number; readonly systemCode: string | null; readonly message: string }
  | { readonly type: 'message'; readonly id: number; readonly message: unknown }
  | {
      readonly type: 'ended'
      readonly id: number
      readonly exitCode: number | null
      readonly signal: NodeJS.Signals | null
      readonly errorOutput: string
    }

/** Whether a message of the store's process is a request. */
export function isLauncherRequest(value: unknown): value is LauncherRequest {
  if (!isMessage(value)) return false
  if (value.type === 'kill') return true
  const { type, program, order } = value
  return type === 'start' && typeof program === 'string' && typeof order === 'object' && order !== null
}

/** Whether a message of the launcher is a report. */
export function isLauncherReport(value: unknown): value is LauncherReport {
  if (!isMessage(value)) return false
  switch (value.type) {
    case 'started':
      return typeof value.processId === 'number'
    case 'notStarted':
      return isTextOrNull(value.systemCode) && typeof value.message === 'string'
    case 'message':
      return 'message' in value
    case 'ended':
      return (
        (typeof value.exitCode === 'number' || value.exitCode === null) &&
        isTextOrNull(value.signal) &&
        typeof value.errorOutput === 'string'
      )
    default:
      return false
  }
}

/** What any message may have. */
type Fields = {
  readonly [Name in
    | 'type'
    | 'program'
    | 'order'
    | 'processId'
    | 'systemCode'
    | 'exitCode'
    | 'signal'
    | 'errorOutput']?: unknown
} & { readonly message?: unknown }

function isMessage(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && 'type' in value && 'id' in value && typeof value.id === 'number'
}

function isTextOrNull(value: unknown): boolean {
  return typeof value === 'string' || value === null
}
