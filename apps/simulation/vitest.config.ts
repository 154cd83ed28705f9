import { defineConfig } from 'vitest/config'

// Each test runs whole simulations in processes of their own; a busy machine must not fail them.
export default defineConfig({ test: { testTimeout: 300_000 } })
