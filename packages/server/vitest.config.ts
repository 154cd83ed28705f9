import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Servers, child processes and benchmarks on a machine that may be busy; a test that hangs still ends.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
