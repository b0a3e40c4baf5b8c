export * from './base/index.ts';
export * from './expr/index.ts';
export * from './learning/index.ts';
export * from './network/index.ts';
export * from './neurons/index.ts';
export * from './synapses/index.ts';
export * from './tasks/index.ts';
export * from './tensor/index.ts';
