import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { waitUntil } from '@repl/harness'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'
import { expect, it } from 'vitest'
import { Pair } from './pair.ts'

declare module 'express-session' {
  interface SessionData {
    user: string
    views: number
    cart: string[]
  }
}

const WEEK = 7 * 24 * 3600

/** A shop that knows its visitors by a cookie, and keeps what it knows of them in Redis. */
function shop(store: session.Store): express.Express {
  const app = express()
  app.use(express.json())
  app.use(
    session({ store, secret: 'of the shop', resave: false, saveUninitialized: false, cookie: { maxAge: WEEK * 1000 } }),
  )
  app.get('/views', (request, response) => {
    request.session.views = (request.session.views ?? 0) + 1
    response.json({
      views: request.session.views,
      user: request.session.user ?? null,
      cart: request.session.cart ?? [],
    })
  })
  app.post('/login', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error)
      request.session.user = String(request.body.user)
      response.json({ user: request.session.user })
    })
  })
  app.post('/cart', (request, response) => {
    request.session.cart = [...(request.session.cart ?? []), String(request.body.article)]
    response.json({ cart: request.session.cart })
  })
  app.post('/logout', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.json({})))
  })
  return app
}

/** A browser: it keeps the cookie that it was given last. */
class Browser {
  readonly #base: string
  #cookie = ''

  constructor(base: string) {
    this.#base = base
  }

  async send(method: 'GET' | 'POST', path: string, body?: object): Promise<Record<string, unknown>> {
    const headers = { 'content-type': 'application/json', cookie: this.#cookie }
    const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await fetch(this.#base + path, request)
    expect(response.status).toBe(200)
    this.#cookie = response.headers.get('set-cookie')?.split(';')[0] ?? this.#cookie
    return (await response.json()) as Record<string, unknown>
  }
}

it('connect-redis keeps the sessions of an express application, and a slave has them too', async ({ signal }) => {
  await using pair = await Pair.start(signal)
  const client = createClient({ url: `redis://127.0.0.1:${pair.masterPort}` })
  await client.connect()
  const store = new RedisStore({ client, prefix: 'shop:', scanCount: 10 })
  const server = createServer(shop(store)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const [ann, ben] = [new Browser(base), new Browser(base)]
    for (const views of [1, 2, 3]) expect(await ann.send('GET', '/views')).toEqual({ views, user: null, cart: [] })
    expect(await ben.send('GET', '/views')).toMatchObject({ views: 1 })
    const [before] = await pair.master.keys('shop:*')
    // Logging in gives a new session; the old one is gone.
    expect(await ann.send('POST', '/login', { user: 'Ann' })).toEqual({ user: 'Ann' })
    expect(await pair.master.keys('shop:*')).toHaveLength(2)
    await ann.send('POST', '/cart', { article: 'tea' })
    await ann.send('POST', '/cart', { article: 'Käse 🧀' })
    expect(await ann.send('GET', '/views')).toEqual({ views: 1, user: 'Ann', cart: ['tea', 'Käse 🧀'] })
    expect(await ben.send('GET', '/views')).toMatchObject({ views: 2, user: null })
    expect(before).toBeDefined()

    // Whole sessions, with the week that they live, on both servers.
    for (const key of await pair.master.keys('shop:*')) {
      expect(await pair.master.ttl(key)).toBeGreaterThan(WEEK - 60)
      expect(await pair.master.ttl(key)).toBeLessThanOrEqual(WEEK)
    }
    await pair.untilReplicated(signal)
    expect((await pair.slave.keys('shop:*')).toSorted()).toEqual((await pair.master.keys('shop:*')).toSorted())

    // What the store offers beside, by SCAN, MGET and DEL.
    for (let i = 0; i < 50; i++)
      await store.set(`robot-${i}`, { cookie: { originalMaxAge: 1000 * WEEK }, views: i } as never)
    expect(await store.length()).toBe(52)
    expect((await store.ids()).filter((id: string) => id.startsWith('robot-'))).toHaveLength(50)
    expect(await store.all()).toHaveLength(52)
    await ann.send('POST', '/logout')
    expect(await store.length()).toBe(51)
    expect(await ann.send('GET', '/views')).toMatchObject({ views: 1, user: null })
    await store.clear()
    expect(await store.length()).toBe(0)
    await pair.untilReplicated(signal)
    expect(await pair.slave.dbsize()).toBe(0)

    // A session that ends by itself.
    await store.set('brief', { cookie: { expires: new Date(Date.now() + 1500), originalMaxAge: 1500 } } as never)
    expect(await store.get('brief')).not.toBeNull()
    const wait = { awaited: 'the session has ended', timeout: 20_000, signal }
    await waitUntil(wait, async () => ((await pair.slave.exists('shop:brief')) === 0 ? true : undefined))
    expect(await store.get('brief')).toBeNull()
  } finally {
    server.close()
    server.closeAllConnections()
    await client.close()
  }
})
