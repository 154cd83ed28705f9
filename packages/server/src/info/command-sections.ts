import type { Node } from '../connection/client-context.ts'
import type { Fields } from './fields.ts'

/** INFO commandstats. `usec` is estimated from the calls whose time was taken. */
export function commandStatisticsSection({ statistics }: Node): Fields {
  return [...statistics.commands]
    .filter(([, { calls, rejectedCalls }]) => calls + rejectedCalls > 0)
    .map(([name, { calls, microsecondsPerCall, rejectedCalls, failedCalls }]) => [
      `cmdstat_${name}`,
      `calls=${calls},usec=${Math.round(microsecondsPerCall * calls)},usec_per_call=${microsecondsPerCall.toFixed(2)}` +
        `,rejected_calls=${rejectedCalls},failed_calls=${failedCalls}`,
    ])
}

/** INFO errorstats. */
export function errorStatisticsSection({ statistics }: Node): Fields {
  return [...statistics.errors].map(([code, count]) => [`errorstat_${code}`, `count=${count}`])
}
