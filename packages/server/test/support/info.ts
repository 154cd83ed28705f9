import type { RawClient } from './raw-client.ts'

/** The answer to a command that answers with a bulk string, or with a line. */
export async function answerTo(client: RawClient, command: string): Promise<string> {
  client.send(`${command}\r\n`)
  const answer = await client.take((received) => {
    if (!received.startsWith('$')) return received.endsWith('\r\n')
    const lineEnd = received.indexOf('\r\n')
    return lineEnd > 0 && received.length >= lineEnd + 4 + Number(received.slice(1, lineEnd))
  })
  return answer.startsWith('$') ? answer.slice(answer.indexOf('\r\n') + 2, -2) : answer.trimEnd()
}

/** The fields of a section of INFO, in their order. */
export async function readFields(client: RawClient, section = 'replication'): Promise<Map<string, string>> {
  const text = await answerTo(client, `INFO ${section}`)
  return new Map(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
}

/** Asks until a field of INFO has this value; each answer comes in its own time, so nothing is timed here. */
export async function untilField(client: RawClient, field: string, value: string | RegExp): Promise<void> {
  for (;;) {
    const found = (await readFields(client)).get(field) ?? ''
    if (typeof value === 'string' ? found === value : value.test(found)) return
  }
}
