import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Two cores: one test with its servers at a time.
    fileParallelism: false,
  },
})
