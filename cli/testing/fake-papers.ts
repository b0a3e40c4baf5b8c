import { ParameterError } from 'volley/base';
import type { CheckpointState, Paper, PaperRegistry, RunContext, Settings } from 'volley/io';

const settings = {
  iterations: { value: 40, origin: 'our choice', doc: 'number of updates', min: 1, max: 100000, integer: true },
  rate: { value: 0.5, unit: '1', origin: 'Table <1>', doc: 'size of an update', min: 0, max: 1 },
  delay: { value: 0, unit: 'ms', origin: 'our choice', doc: 'time lost per update', min: 0, max: 1000 },
  sort: { value: 'plain', origin: 'our choice', doc: 'flavour', choices: ['plain', 'salted'] },
  fail: { value: false, origin: 'our choice', doc: 'whether to end in an error' },
} satisfies Settings;

/** A stand-in for training: a chaotic map, so that one lost or repeated update changes every later bit. */
async function run(context: RunContext<typeof settings>) {
  const { iterations, rate, delay, fail } = context.settings;
  const weights = new Float64Array(context.restored?.tensors.weights?.data ?? [0.1, 0.2, 0.3]);
  const start = Number(context.restored?.metadata.iteration ?? 0);
  for (let i = 0; start === 0 && i < weights.length; i++) weights[i] = weights[i]! + context.seed / 1000;
  const state = (iteration: number): CheckpointState => ({
    tensors: { weights: { shape: [weights.length], data: weights } },
    metadata: { iteration: String(iteration) },
  });
  context.phase('updating');
  for (let iteration = start; iteration < iterations; ) {
    for (let i = 0; i < weights.length; i++) weights[i] = (3.5 + rate / 2) * weights[i]! * (1 - weights[i]!);
    iteration++;
    context.log({ iteration, loss: weights[0]! });
    context.progress(iteration, iterations, { loss: weights[0]! });
    if (fail && iteration > iterations / 2) throw new Error('planted\nfault');
    const spin = performance.now() + delay;
    while (performance.now() < spin); // busy, like a training loop: signals must get through all the same
    await context.checkpoint(() => state(iteration), { force: iteration === iterations });
  }
  addCharts(context);
  return { metrics: { accuracy: weights[0]!, updates: context.history().length, 'split.half': weights[0]! / 2 } };
}

function addCharts({ report, history }: RunContext<typeof settings>): void {
  const points = history().map(({ iteration, loss }) => [Number(iteration), Number(loss)] as const);
  report.note('Text with <markup> & more.');
  report.curve({ title: 'Loss', x: 'iteration', y: 'loss', series: [{ name: 'fake', points }] });
  const events = { time: [0, 3, 9], neuron: [0, 1, 2] };
  const groups = [
    { name: 'input', size: 4, events },
    { name: 'hidden', size: 3, events },
  ];
  report.raster({ title: 'Spikes', dt: 1, steps: 10, groups });
  report.traces({ title: 'Adaptation', dt: 1, y: 'a', series: [{ name: 'neuron 1', values: [0, 1, 0.5] }] });
  const values = [
    [5, 1],
    [0, 4],
  ];
  report.matrix({ title: 'Confusion', rows: 'shown', columns: 'answered', values });
}

const paper: Paper<typeof settings> = {
  id: 'fake2020',
  title: 'A fake paper',
  citation: 'Nobody (2020). A fake paper. Journal of Tests.',
  status: 'not tried',
  settings,
  presets: {
    smoke: { minutes: 0.1, doc: '10 updates', settings: { iterations: 10 } },
    quick: { minutes: 5, doc: '40 updates', settings: {} },
    paper: { minutes: 300, doc: '400 updates', settings: { iterations: 400 } },
  },
  check({ sort, rate }) {
    if (sort === 'salted' && rate === 0) {
      throw new ParameterError('fake2020 rate', 'expected more than 0 with salt, got 0');
    }
  },
  claims: [
    { metric: 'accuracy', label: 'accuracy', paper: 0.942, source: 'Fig. 1', evidence: 'read', unit: '%' },
    { metric: 'absent', label: 'absent', paper: null, source: 'Fig. 2', evidence: 'unverified' },
  ],
  run,
};

/** Papers for the tests of the command line. */
export const fakePapers: PaperRegistry = { fake2020: async () => paper };
