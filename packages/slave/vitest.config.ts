import { defineConfig } from 'vitest/config'

// Integration tests start processes and wait for timers; a busy machine must not fail them.
export default defineConfig({
  test: { testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 30_000 } } },
})
