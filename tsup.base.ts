import { mkdirSync, writeFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/**
 * How every package is bundled: ES modules and CommonJS side by side, one file per entry.
 * Declarations come from tsc (see each tsconfig.build.json), because TypeScript 7 has no API for tsup to call.
 */
export function bundle(entry: Record<string, string>) {
  return defineConfig({
    entry,
    format: ['esm', 'cjs'],
    target: 'node22',
    clean: true,
    sourcemap: true,
    // import.meta.url in CommonJS: child processes are found beside the bundle.
    shims: true,
    splitting: true,
    async onSuccess() {
      mkdirSync('dist', { recursive: true })
      writeFileSync('dist/index.d.cts', "export * from './types/index.js'\n")
    },
  })
}
