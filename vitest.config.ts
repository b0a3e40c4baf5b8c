import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,test,papers,cli,examples}/**/*.test.ts'],
    setupFiles: ['test/fuzz.ts'],
    // Everything outside src imports the package by its public name, which means the build: Node loads it as users do.
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
