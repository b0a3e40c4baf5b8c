/** Comlink ships this adapter without a declaration that resolves for `.mjs`. */
declare module 'comlink/dist/esm/node-adapter.mjs' {
  import type { MessagePort, Worker } from 'node:worker_threads';
  import type { Endpoint } from 'comlink';

  const nodeEndpoint: (port: MessagePort | Worker) => Endpoint;
  // biome-ignore lint/style/noDefaultExport: this is how the adapter exports itself
  export default nodeEndpoint;
}
