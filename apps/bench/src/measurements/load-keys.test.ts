import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { keyName, LoadError, loadKeys, VALUE_LENGTH, Values } from './load-keys.ts'

const signal = new AbortController().signal

/** A server that gives `answerOf(received so far)` for what it receives. */
async function serve(answerOf: (received: string) => string) {
  let received = ''
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.setEncoding('latin1')
    socket.on('data', (data: string) => {
      const before = answerOf(received).length
      received += data
      socket.write(answerOf(received).slice(before))
    })
    socket.on('end', () => socket.end())
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port, received: () => received }
}

test('values are of their length and differ from key to key', () => {
  const values = new Values()
  expect(values.of(0)).toHaveLength(VALUE_LENGTH)
  expect(values.of(1)).not.toBe(values.of(0))
  expect(values.of(999_999_999)).toHaveLength(VALUE_LENGTH)
  expect(keyName(42)).toBe('key:000000000042')
})

test('sends every key once and waits for every answer', async () => {
  const values = new Values()
  const one = `*3\r\n$3\r\nSET\r\n$16\r\n${keyName(0)}\r\n$100\r\n${values.of(0)}\r\n`
  const { server, port, received } = await serve((text) => '+OK\r\n'.repeat(Math.floor(text.length / one.length)))
  await loadKeys(port, 1234, values, signal)
  expect(received()).toHaveLength(1234 * one.length)
  expect(received()).toContain(keyName(1233))
  server.close()
})

test('an error for an answer is an error', async () => {
  const { server, port } = await serve((text) => (text === '' ? '' : '-OOM no room\r\n'))
  await expect(loadKeys(port, 1000, new Values(), signal)).rejects.toThrow(LoadError)
  server.close()
})
