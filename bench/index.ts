import type { BenchRegistry } from 'volley/io';

/** Every benchmark by name; the programs load when they run. */
export const benches: BenchRegistry = {
  lsnn: {
    doc: 'training an LSNN: forward and backward over all time steps, one thread',
    run: async (options) => (await import('./lsnn.ts')).run(options),
  },
  'linear-lif': {
    doc: 'the common Linear + LIF benchmark, one thread',
    run: async (options) => (await import('./linear-lif.ts')).run(options),
  },
  eprop: {
    doc: 'online e-prop of a recurrent layer, one thread',
    run: async (options) => (await import('./eprop.ts')).run(options),
  },
  'deep-r': {
    doc: 'a training step against connectivity, with rewiring, one thread',
    run: async (options) => (await import('./deep-r.ts')).run(options),
  },
  convert: {
    doc: 'converted networks beside the trained ones and beside rate coding, one thread',
    run: async (options) => (await import('./convert.ts')).run(options),
  },
  simulate: {
    doc: 'large random networks of point neurons beside Brian2 and NEST, one thread and two',
    selectable: true,
    run: async (options) => (await import('./simulate.ts')).run(options),
  },
  scaling: {
    doc: 'cost of the forward pass against firing rate and network size',
    run: async (options) => (await import('./scaling.ts')).run(options),
  },
  browser: {
    doc: 'a training step in Chromium beside Node',
    run: async (options) => (await import('./browser.ts')).run(options),
  },
  startup: {
    doc: 'import to first spike, size of the core',
    run: async (options) => (await import('./startup.ts')).run(options),
  },
};
