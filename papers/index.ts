import type { PaperRegistry } from 'volley/io';

/** Every paper result; modules load when asked for. */
export const papers: PaperRegistry = {
  bellec2018deepr: async () => (await import('./bellec2018deepr/index.ts')).paper,
  bellec2018lsnn: async () => (await import('./bellec2018lsnn/index.ts')).paper,
  bellec2019eprop: async () => (await import('./bellec2019eprop/index.ts')).paper,
  bellec2020eprop: async () => (await import('./bellec2020eprop/index.ts')).paper,
  kappel2018sampling: async () => (await import('./kappel2018sampling/index.ts')).paper,
  legenstein2017em: async () => (await import('./legenstein2017em/index.ts')).paper,
  neftci2017erbp: async () => (await import('./neftci2017erbp/index.ts')).paper,
  stoeckl2020amos: async () => (await import('./stoeckl2020amos/index.ts')).paper,
  stoeckl2021fs: async () => (await import('./stoeckl2021fs/index.ts')).paper,
};
