import { defineConfig } from 'vitest/config';

const root = (path: string) => new URL(path, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    // Tests and papers import the package by its public name; here the name means the sources.
    alias: [
      { find: /^volley$/, replacement: root('./src/index.ts') },
      { find: /^volley\/(\w+)$/, replacement: root('./src/$1/index.ts') },
    ],
  },
  test: {
    include: ['{src,test,papers,cli,examples}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
