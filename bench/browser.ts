import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { chromium } from 'playwright-core';
import { UnsupportedError } from 'volley';
import { type BenchOptions, type BenchResult, benchRow, machineLine } from 'volley/io';
import { browserCase } from './browser-case.ts';

const root = new URL('../../', import.meta.url);

declare global {
  interface Window {
    volleyBench: { browserCase: typeof browserCase };
  }
}

/** The same training step in Chromium and in Node: wall time, and whether the gradients have the same bits. */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const { findChromium } = (await import(new URL('scripts/chromium.mjs', root).href)) as {
    findChromium(): string | undefined;
  };
  const executablePath = findChromium();
  if (!executablePath)
    throw new UnsupportedError('bench browser', 'expected a Chromium, found none', { hint: 'set CHROMIUM_PATH' });
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('dist/bench/browser-case.js', root))],
    ...{ bundle: true, write: false, format: 'iife', globalName: 'volleyBench' },
  });
  progress('Chromium');
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: outputFiles[0]!.text });
    const there = await page.evaluate(() => window.volleyBench.browserCase());
    progress('Node');
    const here = browserCase();
    const row = benchRow({
      case: 'B32 N100 T500',
      unit: 'ms',
      ours: there.ms,
      extra: { node: here.ms, speedOfNode: here.ms / there.ms, sameBits: String(here.checksum === there.checksum) },
    });
    return { bench: 'browser', machine: machineLine(), rows: [row] };
  } finally {
    await browser.close();
  }
}
