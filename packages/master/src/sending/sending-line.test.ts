import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { readSendingLines, sendingLine } from './sending-line.ts'

it('reads what was written, however it is cut, and nothing else', async () => {
  const text = `${sendingLine('rate', 0)}${sendingLine('size', 123_456)}size -1\nsize 1.5\nother 3\nsize\n${sendingLine('rate', 7)}`
  for (let cut = 0; cut <= text.length; cut++) {
    const stream = new PassThrough()
    const heard: string[] = []
    readSendingLines(stream, {
      onRate: (rate) => heard.push(`rate ${rate}`),
      onSize: (size) => heard.push(`size ${size}`),
    })
    stream.write(text.slice(0, cut))
    stream.end(text.slice(cut))
    await new Promise((resolve) => stream.once('end', resolve))
    expect(heard).toEqual(['rate 0', 'size 123456', 'rate 7'])
  }
})
