import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Servers and child processes, on a machine that may be busy; what hangs still ends.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
