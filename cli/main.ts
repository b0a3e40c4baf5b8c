#!/usr/bin/env node
import { exitOnClosedPipe } from './process.ts';
import { volley } from './program.ts';

exitOnClosedPipe(process.stdout, process.stderr);
process.exitCode = await volley(process.argv.slice(2), {
  papers: async () => (await import('../papers/index.ts')).papers,
  benches: async () => (await import('../bench/index.ts')).benches,
  stdout: process.stdout,
  stderr: process.stderr,
  runs: 'runs',
});
