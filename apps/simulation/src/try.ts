import { loadFromSources } from './loading/source-loader.ts'
import { patchGlobals } from './runtime/patched-globals.ts'
const hr = process.hrtime
loadFromSources([])
patchGlobals()
const { simulate } = await import('./simulation.ts')
const { format } = await import('./story.ts')
const from = Number(process.argv[2] ?? 1), to = Number(process.argv[3] ?? from)
for (let seed = from; seed <= to; seed++) {
  const t = hr.bigint()
  const r = await simulate(seed)
  if (from === to) for (const l of r.lines) console.log(format(l))
  console.log(seed, r.hash.slice(0, 8), JSON.stringify(r.counts), r.failure?.message.slice(0, 300) ?? 'ok', Number((hr.bigint() - t) / 1000n) / 1000)
}
process.exit(0)
