import type { PaperRegistry } from 'volley/io';

/** Every paper result; modules load when asked for. */
export const papers: PaperRegistry = {
  bellec2018deepr: async () => (await import('./bellec2018deepr/index.ts')).paper,
  bellec2018lsnn: async () => (await import('./bellec2018lsnn/index.ts')).paper,
  bellec2019eprop: async () => (await import('./bellec2019eprop/index.ts')).paper,
  bellec2020eprop: async () => (await import('./bellec2020eprop/index.ts')).paper,
};
