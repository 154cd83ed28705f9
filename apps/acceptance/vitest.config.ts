import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Twenty restarts under load; each thing waited for has its own, shorter limit.
    testTimeout: 300_000,
    // Two cores: one test with its servers at a time.
    fileParallelism: false,
  },
})
