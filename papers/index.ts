import type { PaperRegistry } from 'volley/io';

/** Every paper result; modules load when asked for. */
export const papers: PaperRegistry = {
  bellec2018lsnn: async () => (await import('./bellec2018lsnn/index.ts')).paper,
  bellec2020eprop: async () => (await import('./bellec2020eprop/index.ts')).paper,
};
