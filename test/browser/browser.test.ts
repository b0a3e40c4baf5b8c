import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../scripts/chromium.mjs';
import { serve } from './serve.ts';
import { type Outcome, trainSmallLsnn } from './train-small-lsnn.ts';

/** Quiet, and no connection to anywhere but the page's own server. */
const ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

async function inChromium(folder: string): Promise<{ outcome: Outcome; complaints: string[] }> {
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error('no Chromium: set CHROMIUM_PATH, or VOLLEY_SKIP_BROWSER=1 to leave the browser tests out');
  }
  const server = await serve(folder);
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(server.url);
    await page.waitForFunction(() => 'trainSmallLsnn' in window);
    return { outcome: await page.evaluate(() => window.trainSmallLsnn()), complaints };
  } finally {
    await browser.close();
    await server.close();
  }
}

describe.skipIf(process.env.VOLLEY_SKIP_BROWSER === '1')('bundled with Vite, in Chromium', () => {
  let folder = '';
  let here: Outcome;
  let there: Awaited<ReturnType<typeof inChromium>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'volley-browser-'));
    await build({
      root: fileURLToPath(new URL('./page', import.meta.url)),
      configFile: false,
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: true },
    });
    here = await trainSmallLsnn();
    there = await inChromium(folder);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('learns something, so that equality means something', () => {
    expect(here.losses).toHaveLength(5);
    expect(here.losses.every((loss) => loss > 0 && loss < 10)).toBe(true);
    // Both layers spike, neither all the time: nRef = 3 bounds the rate by 333 Hz.
    for (const rate of [here.rates.lower!, here.rates.upper!]) {
      expect(rate).toBeGreaterThan(1);
      expect(rate).toBeLessThan(333);
    }
    for (const [name, weights] of Object.entries(here.after)) {
      expect(weights, name).not.toEqual(here.before[name]);
    }
  });

  it('trains to the same bits as Node', () => {
    expect(there.outcome).toEqual(here);
  });

  it('does so without a message on the console', () => {
    expect(there.complaints).toEqual([]);
  });
});
