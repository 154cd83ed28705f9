import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A hundred thousand commands on a loaded machine; each thing waited for has its own, shorter limit.
    testTimeout: 300_000,
    hookTimeout: 60_000,
    // Two cores: one test with its servers at a time.
    fileParallelism: false,
  },
})
