import { ParameterError, UnsupportedError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { Graph } from '../convert/graph/graph.ts';
import type { Activity, GraphRuntime, GraphSession } from '../convert/runtime.ts';
import { readOnnx } from './read-onnx.ts';
import { writeOnnx } from './write-onnx.ts';

/** A tensor of onnxruntime, as far as it is used here. */
export interface OnnxTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/** A session of onnxruntime, as far as it is used here. */
export interface OnnxSession {
  /** Shapes of the outputs as onnxruntime infers them, where it says so; a text is an open size. */
  readonly outputMetadata?: readonly { readonly name: string; readonly shape?: readonly (number | string)[] }[];
  run(
    feeds: Readonly<Record<string, OnnxTensor>>,
    fetches: Readonly<Record<string, OnnxTensor | null>>,
  ): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

/** What onnxruntime-node and onnxruntime-web have in common. */
export interface OnnxModule {
  /** Which of them it is: `versions.node` is there for the Node module. */
  readonly env: { readonly versions: { readonly node?: string } };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OnnxTensor;
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
      options: {
        readonly graphOptimizationLevel: 'all';
        readonly intraOpNumThreads: number;
        readonly interOpNumThreads: number;
        readonly logSeverityLevel: 3;
        readonly executionProviders?: readonly string[];
        readonly optimizedModelFilePath?: string;
      },
    ): Promise<unknown>;
  };
}

export interface OnnxRuntimeOptions {
  /** Threads per operator, 1 or more; 1 unless told. */
  readonly threads?: number;
  /** Names of onnxruntime, e.g. `['wasm']`; its own choice unless told. */
  readonly executionProviders?: readonly string[];
  /** Where there are files: gives `write` the path of a new one and returns what it then holds. Makes `optimise` possible. */
  readonly throughFile?: (write: (path: string) => Promise<void>) => Promise<Uint8Array>;
}

/**
 * Lets onnxruntime execute graphs.
 *
 * @param ort - the module `onnxruntime-node` or `onnxruntime-web`
 * @throws ParameterError if `threads` is no whole number of at least 1
 */
export function onnxRuntime(ort: OnnxModule, options: OnnxRuntimeOptions = {}): GraphRuntime {
  checkedOptions('onnxRuntime', options, ['threads', 'executionProviders', 'throughFile']);
  const { threads = 1, executionProviders, throughFile } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ParameterError('onnxRuntime', `expected threads of at least 1, got ${threads}`);
  }
  const create = async (graph: Graph, optimizedModelFilePath?: string) =>
    (await ort.InferenceSession.create(writeOnnx(withOpenOutputs(graph)), {
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // Errors only: its warnings are about what it does by itself.
      logSeverityLevel: 3,
      ...(executionProviders && { executionProviders }),
      ...(optimizedModelFilePath !== undefined && { optimizedModelFilePath }),
    })) as OnnxSession;
  return {
    load: async (graph) => {
      const names = graph.outputs.map(({ name }) => name);
      return new Session(ort, await create(graph), names);
    },
    ...(throughFile && {
      optimise: async (graph: Graph) =>
        readOnnx(await throughFile(async (path) => (await create(graph, path)).release()), graph.name),
    }),
  };
}

/**
 * Leaves the sizes of outputs open: onnxruntime infers one window too many for pools with `ceil_mode` whose last window would start
 * in the padding, and its web module refuses a declaration of the size that it then computes.
 */
const withOpenOutputs = (graph: Graph): Graph => ({
  ...graph,
  outputs: graph.outputs.map(({ name, shape }) => ({
    name,
    shape: shape.map((size, axis) => (typeof size === 'string' ? size : `${name} ${axis}`)),
  })),
});

class Session implements GraphSession {
  readonly #tensors = new WeakMap<Activity, OnnxTensor>();
  /** Whether results were found in the memory given for them, by the name of the output. */
  readonly #isWritten = new Map<string, boolean>();

  constructor(
    private readonly ort: OnnxModule,
    private readonly session: OnnxSession,
    private readonly names: readonly string[],
  ) {}

  async run(
    inputs: ReadonlyMap<string, Activity>,
    results: ReadonlyMap<string, Activity> = new Map(),
  ): Promise<ReadonlyMap<string, Activity>> {
    const feeds = Object.fromEntries([...inputs].map(([name, activity]) => [name, this.tensor(activity)]));
    const wanted = this.names.map((name) => [name, results.get(name)] as const);
    // The Node module writes into the memory it is given; the web module takes it and leaves it as it was.
    const inPlace = this.ort.env.versions.node !== undefined;
    const fetches = Object.fromEntries(
      wanted.map(([name, into]) => [name, into && inPlace && this.#expects(name, into) ? this.tensor(into) : null]),
    );
    const outputs = await this.session.run(feeds, fetches);
    return new Map(
      wanted.map(([name, into]) => [
        name,
        into && fetches[name] ? this.#placed(name, outputs[name]!, into) : received(name, outputs[name]!, into),
      ]),
    );
  }

  /** The Node module writes into the memory it is given, and returns a copy; that it does is looked at once. */
  #placed(name: string, output: OnnxTensor, into: Activity): Activity {
    const known = this.#isWritten.get(name);
    if (known) return into;
    if (known === undefined && into.data.length > 0) this.#isWritten.set(name, hasBits(output.data, into.data));
    return received(name, output, into);
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  /** Whether onnxruntime will take memory of this shape: it checks against the shapes that it infers. */
  #expects(name: string, { shape }: Activity): boolean {
    const inferred = this.session.outputMetadata?.find((output) => output.name === name)?.shape;
    return !inferred || shape.every((size, axis) => typeof inferred[axis] !== 'number' || inferred[axis] === size);
  }

  private tensor(activity: Activity): OnnxTensor {
    const known = this.#tensors.get(activity);
    if (known) return known;
    const made = new this.ort.Tensor('float32', activity.data, activity.shape);
    this.#tensors.set(activity, made);
    return made;
  }
}

/** Whether both hold the same bits, NaN too. */
function hasBits(data: unknown, wanted: Float32Array): boolean {
  if (!(data instanceof Float32Array) || data.length !== wanted.length) return false;
  const words = ({ buffer, byteOffset, length }: Float32Array) => new Int32Array(buffer, byteOffset, length);
  const [a, b] = [words(data), words(wanted)];
  return a.every((word, i) => word === b[i]);
}

function received(name: string, { data, dims }: OnnxTensor, into: Activity | undefined): Activity {
  if (!(data instanceof Float32Array)) {
    throw new UnsupportedError('onnxRuntime', `expected float32 in output "${name}", got another type`);
  }
  if (into === undefined) return { shape: dims, data };
  if (data.buffer !== into.data.buffer || data.byteOffset !== into.data.byteOffset) into.data.set(data);
  return into;
}
