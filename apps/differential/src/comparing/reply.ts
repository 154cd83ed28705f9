/** A reply in either protocol, its text as latin1. */
export type Reply = SimpleReply | AggregateReply

/** `+OK`, `-ERR …`, `:1`, `$…`, `_`, `,1.5`, `#t`, `(…`, `!…`, `=…`; the text is null for RESP2's two nulls. */
export interface SimpleReply {
  readonly mark: string
  readonly text: string | null
}

/** An array, set, map (keys and values in turn), push or attribute. */
export interface AggregateReply {
  readonly mark: string
  readonly items: readonly Reply[]
}

const AGGREGATES = '*~%>|'
const LENGTH_PREFIXED = '$!='

/** Where the reply that begins at `start` ends, or -1 where it isn't complete. */
export function replyEnd(text: string, start: number): number {
  const lineEnd = text.indexOf('\r\n', start)
  if (lineEnd < 0) return -1
  const mark = text[start]!
  const next = lineEnd + 2
  const isAggregate = AGGREGATES.includes(mark)
  if (!isAggregate && !LENGTH_PREFIXED.includes(mark)) return next
  const length = Number(text.slice(start + 1, lineEnd))
  if (length < 0) return next
  if (!isAggregate) return text.length >= next + length + 2 ? next + length + 2 : -1
  let end = next
  for (let i = itemCount(mark, length); i > 0; i--) {
    end = replyEnd(text, end)
    if (end < 0) return -1
  }
  return end
}

/** Reads a complete reply. */
export function parseReply(text: string): Reply {
  return parseAt(text, 0).reply
}

/** The reply as it goes over the wire. */
export function formatReply(reply: Reply): string {
  if ('items' in reply) {
    const length = reply.mark === '%' ? reply.items.length / 2 : reply.items.length
    return `${reply.mark}${length}\r\n${reply.items.map(formatReply).join('')}`
  }
  if (reply.text === null) return `${reply.mark}-1\r\n`
  if (!LENGTH_PREFIXED.includes(reply.mark)) return `${reply.mark}${reply.text}\r\n`
  return `${reply.mark}${reply.text.length}\r\n${reply.text}\r\n`
}

function parseAt(text: string, start: number): { reply: Reply; end: number } {
  const lineEnd = text.indexOf('\r\n', start)
  const mark = text[start]!
  const line = text.slice(start + 1, lineEnd)
  const next = lineEnd + 2
  if (AGGREGATES.includes(mark)) {
    const length = Number(line)
    if (length < 0) return { reply: { mark, text: null }, end: next }
    const items: Reply[] = []
    let end = next
    for (let i = itemCount(mark, length); i > 0; i--) {
      const item = parseAt(text, end)
      items.push(item.reply)
      end = item.end
    }
    return { reply: { mark, items }, end }
  }
  if (!LENGTH_PREFIXED.includes(mark)) return { reply: { mark, text: line }, end: next }
  const length = Number(line)
  if (length < 0) return { reply: { mark, text: null }, end: next }
  return { reply: { mark, text: text.slice(next, next + length) }, end: next + length + 2 }
}

function itemCount(mark: string, length: number): number {
  return mark === '%' ? length * 2 : length
}
