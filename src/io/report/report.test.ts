import { describe, expect, it } from 'vitest';
import type { Paper } from '../paper.ts';
import { ReportBuilder } from './builder.ts';
import { compareClaims, formatDuration, formatMetric, publishedValues } from './comparison.ts';
import { decimate, type Point } from './decimate.ts';
import { renderReport } from './render.ts';

const paper: Paper = {
  id: 'p1',
  title: 'Title with <b> & "quotes"',
  citation: 'Nobody (2020)',
  status: 'not tried',
  settings: { rate: { value: 1, origin: 'Table 1', doc: 'size of a step', unit: 'Hz' } },
  presets: {
    smoke: { minutes: 0.1, doc: 'tiny', settings: {} },
    quick: { minutes: 1, doc: 'small', settings: {} },
    paper: { minutes: 1, doc: 'full', settings: {} },
  },
  claims: [{ metric: 'accuracy', label: 'accuracy', paper: 0.942, source: 'Fig. 1', evidence: 'read', unit: '%' }],
  run: async () => ({ metrics: {} }),
};

async function render(fill: (report: ReportBuilder) => void): Promise<string> {
  const report = new ReportBuilder();
  fill(report);
  const config = {
    id: 'p1',
    preset: 'quick',
    seed: 1,
    settings: { rate: 2 },
    volley: '0',
    node: '20',
    machine: 'm',
  } as const;
  const result = {
    id: 'p1',
    preset: 'quick',
    seed: 1,
    seconds: 75,
    metrics: { accuracy: 0.5, extra: 3 },
    paper: {},
    run: 'r',
  } as const;
  return renderReport({ paper, config, result, sections: report.sections });
}

const spikes = (count: number, size: number) => ({
  time: Uint32Array.from({ length: count }, (_, k) => k % 1000),
  neuron: Uint32Array.from({ length: count }, (_, k) => (7 * k) % size),
});

describe('renderReport', () => {
  it('shows paper and here, settings with origin and every section, in one file that fetches nothing', async () => {
    const page = await render((report) => {
      report.curve({
        title: 'Loss',
        x: 'iteration',
        y: 'loss',
        series: [
          {
            name: 'LSNN',
            points: [
              [0, 1],
              [1, 0.5],
            ],
          },
        ],
      });
      report.raster({
        title: 'Spikes',
        dt: 1,
        steps: 1000,
        groups: [{ name: 'input', size: 8, events: spikes(50, 8) }],
      });
      report.traces({ title: 'Adaptation', dt: 1, y: 'a', series: [{ name: 'n1', values: Float32Array.of(0, 1, 2) }] });
      report.matrix({
        title: 'Confusion',
        rows: 'shown',
        columns: 'answered',
        values: [
          [3, 1],
          [0, 4],
        ],
      });
      report.bars({ title: 'Spikes per neuron', x: 'spikes', bars: [{ name: 'conv <1>', value: 1.2345 }] });
      report.table({ title: 'Rates', columns: ['layer', 'Hz'], rows: [['input', 12]] });
      report.note('a <note>');
    });
    for (const text of [
      '94.2 % (read)',
      '50 %',
      'Table 1',
      '<b>2 Hz</b>',
      '1 min 15 s',
      'a &lt;note&gt;',
      '--share:0.750',
      'conv &lt;1&gt;',
      '1.23',
    ]) {
      expect(page).toContain(text);
    }
    for (const title of ['Loss', 'Spikes', 'Adaptation', 'Spikes per neuron', 'Confusion', 'Rates', 'Settings'])
      expect(page).toContain(`<h2>${title}</h2>`);
    expect(page.match(/<svg[^>]*viewBox/g)!.length).toBeGreaterThanOrEqual(4);
    expect(page).not.toMatch(/(src|href)=|url\(|@import|<script/);
    expect(page).toContain('Title with &lt;b&gt; &amp; &quot;quotes&quot;');
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('draws a raster of 200,000 spikes as one short path per group', async () => {
    const groups = [{ name: 'net', size: 100, events: spikes(200_000, 100) }];
    const page = await render((report) => report.raster({ title: 'Spikes', dt: 1, steps: 1000, groups }));
    // At most 1000 steps x 100 rows of 16 bytes: repeats in time share their strokes.
    expect(page.length).toBeLessThan(1_700_000);
    expect(page.match(/<path[^>]* d="M[\d.]+ [\d.]+v[\d.]+M/g)).toHaveLength(1);
  });

  it('draws every spike of the chosen batch element and no other', async () => {
    const events = { time: [1, 2, 3, 4], neuron: [0, 1, 2, 3], batch: [0, 1, 1, 0] };
    const page = await render((report) =>
      report.raster({ title: 'Spikes', dt: 1, steps: 10, groups: [{ name: 'net', size: 4, events }], batch: 1 }),
    );
    const path = /<path[^>]* d="((?:M[\d.]+ [\d.]+v[\d.]+)+)"/.exec(page)![1]!;
    expect(path.split('M').length - 1).toBe(2);
  });

  it('leaves out spikes after the steps that a raster shows', async () => {
    const events = { time: [1, 9, 10, 500], neuron: [0, 1, 2, 3] };
    const page = await render((report) =>
      report.raster({ title: 'Spikes', dt: 1, steps: 10, groups: [{ name: 'net', size: 4, events }] }),
    );
    const path = /<path[^>]* d="((?:M[\d.]+ [\d.]+v[\d.]+)+)"/.exec(page)![1]!;
    expect(path.split('M').length - 1).toBe(2);
  });

  it('labels the steps of a raster as it is told', async () => {
    const groups = [{ name: 'net', size: 1, events: { time: [1], neuron: [0] } }];
    const page = await render((report) => report.raster({ title: 'S', dt: 1, x: 'step', steps: 9, groups }));
    expect(page).toContain('step');
    expect(page).not.toContain('time (ms)');
  });

  it('numbers neurons within their group, and keeps a small group beside a large one in sight', async () => {
    const page = await render((report) =>
      report.raster({
        title: 'S',
        dt: 1,
        steps: 9,
        groups: [
          { name: 'many', size: 780, events: { time: [1], neuron: [779] } },
          { name: 'few', size: 10, events: { time: [2, 3], neuron: [0, 9] } },
        ],
      }),
    );
    const labels = [...page.matchAll(/<text[^>]*>(\d+)<\/text>/g)].map(([, number]) => Number(number));
    expect(Math.max(...labels)).toBeLessThan(780);
    const [, few] = [...page.matchAll(/<path[^>]* d="(M[\d.]+ [\d.]+v[^"]+)"/g)].map(([, path]) => path!);
    const rows = [...few!.matchAll(/M[\d.]+ ([\d.]+)v/g)].map(([, y]) => Number(y));
    // Ten rows of 3 pixels, where 790 of one height would have 0.7.
    expect(rows[1]! - rows[0]!).toBeGreaterThan(25);
  });

  it('draws values as colours on one scale, with a path per colour', async () => {
    const grid = (value: number | undefined) => [
      [0, 1, value],
      [0.5, 0, 0],
    ];
    const heatmap = (panels: readonly { name: string; values: (number | undefined)[][] }[]) =>
      render((report) =>
        report.heatmap({ title: 'Weights', panels, rows: 'neuron', columns: 'input', value: 'weight (nS)' }),
      );
    const page = await heatmap([
      { name: 'before', values: grid(undefined) },
      { name: 'after', values: grid(2) },
    ]);
    const paths = [...page.matchAll(/<path d="([^"]+)" fill="(#[0-9a-f]+)"/g)].map(([, d, fill]) => [
      fill,
      d!.split('M').length - 1,
    ]);
    // 0 is white, 2 the darkest, a quarter and a half between; what has no value is grey.
    expect(paths).toEqual([
      ['#ffffff', 3],
      ['#6baed6', 1],
      ['#b8b8b8', 1],
      ['#b5d7eb', 1],
      ['#ffffff', 3],
      ['#6baed6', 1],
      ['#08306b', 1],
      ['#b5d7eb', 1],
    ]);
    for (const label of ['before', 'after', 'weight (nS)', 'rows: neuron; columns: input'])
      expect(page).toContain(label);
    // Signs: the middle colour is 0.
    expect(await heatmap([{ name: 'signed', values: grid(-2) }])).toContain('fill="#2166ac"');
    await expect(heatmap([])).rejects.toThrow('heatmap "Weights": expected panels of one shape, got none');
    await expect(
      heatmap([
        { name: 'a', values: [[1]] },
        { name: 'b', values: [[1, 2]] },
      ]),
    ).rejects.toThrow('got panel "b" of another shape');
  });

  it('draws values that are not finite as grey cells, on the scale of the others', async () => {
    const values = [[0, 4, Number.NaN, Number.POSITIVE_INFINITY, 2]];
    const page = await render((report) =>
      report.heatmap({ title: 'W', panels: [{ name: 'a', values }], rows: 'r', columns: 'c', value: 'w' }),
    );
    const fills = [...page.matchAll(/<path d="[^"]+" fill="([^"]+)"/g)].map(([, fill]) => fill);
    expect(fills).toEqual(['#ffffff', '#08306b', '#b8b8b8', '#6baed6']);
    const flat = {
      title: 'W',
      panels: [{ name: 'a', values }],
      rows: 'r',
      columns: 'c',
      value: 'w',
      range: [1, 1] as const,
    };
    await expect(render((report) => report.heatmap(flat))).rejects.toThrow(
      'expected a range from low to high, got 1 to 1',
    );
  });

  it('makes room for more columns than there are pixels', async () => {
    const values = [Array.from({ length: 1000 }, (_, k) => k)];
    const page = await render((report) =>
      report.heatmap({ title: 'W', panels: [{ name: 'a', values }], rows: 'r', columns: 'c', value: 'w' }),
    );
    // A pixel per column, the numbers on the left and the bar on the right.
    expect(Number(/<svg viewBox="0 0 (\d+)/.exec(page)![1])).toBeGreaterThan(1100);
  });

  it('refuses a neuron outside its group', async () => {
    const groups = [{ name: 'net', size: 3, events: { time: [0], neuron: [3] } }];
    await expect(render((report) => report.raster({ title: 'S', dt: 1, steps: 9, groups }))).rejects.toThrow(
      'raster "S": expected neurons of net below 3, got 3',
    );
  });
});

describe('decimate', () => {
  it('keeps both ends and every extreme, in order', () => {
    const points = Array.from({ length: 10_000 }, (_, x): Point => [x, x === 4321 ? 9 : x === 7777 ? -9 : Math.sin(x)]);
    const kept = decimate(points, 100);
    expect(kept.length).toBeLessThanOrEqual(202);
    for (const x of [0, 4321, 7777, 9999]) expect(kept.map((point) => point[0])).toContain(x);
    expect(kept.every((point, i) => i === 0 || point[0] > kept[i - 1]![0])).toBe(true);
  });
});

describe('comparison', () => {
  it('never invents a number', () => {
    const claims = [...paper.claims, { ...paper.claims[0]!, metric: 'absent', paper: null }];
    const rows = compareClaims(claims, { accuracy: 0.7271 });
    expect(rows.map(({ paper, here }) => [paper, here])).toEqual([
      ['94.2 % (read)', '72.71 %'],
      ['not stated', 'not computed'],
    ]);
    expect(publishedValues(claims)).toEqual({ accuracy: 0.942 });
  });

  it('formats values and durations', () => {
    expect([formatMetric(0.5, '%'), formatMetric(1, '%'), formatMetric(12.3456, 'Hz'), formatMetric(true)]).toEqual([
      '50 %',
      '100 %',
      '12.35 Hz',
      'true',
    ]);
    expect([9.94, 59.7, 75, 3599.6, 11_520].map(formatDuration)).toEqual([
      '9.9 s',
      '1 min 00 s',
      '1 min 15 s',
      '1 h 00 min',
      '3 h 12 min',
    ]);
  });
});
