import { expect, it } from 'vitest'
import { repl } from '../generated/messages.js'
import { MAX_UPSTREAM_RUN_IDS } from './field-bounds.ts'
import { masterMessageCodec } from './master-message.ts'

const RUN_ID = 'a'.repeat(40)

function decodeHeartbeat(upstreamRunIds: string[]) {
  const body = repl.v1.MasterMessage.encode({ heartbeat: { offset: 5, upstreamRunIds } }).finish()
  return masterMessageCodec.decode(Buffer.from(body))
}

it('takes run ids of a chain as long as the limit, and nothing that is none', () => {
  const longest = Array.from({ length: MAX_UPSTREAM_RUN_IDS }, () => RUN_ID)
  expect(decodeHeartbeat(longest)).toEqual({ type: 'heartbeat', offset: 5, upstreamRunIds: longest })
  expect(decodeHeartbeat([])).toEqual({ type: 'heartbeat', offset: 5 })
  expect(() => decodeHeartbeat([...longest, RUN_ID])).toThrow('at most 1024 entries')
  expect(() => decodeHeartbeat(['not an id'])).toThrow('heartbeat.upstream_run_ids')
})
