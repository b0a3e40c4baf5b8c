import type { Claim, Paper } from 'volley/io';
import { settings } from './settings.ts';

const claim = (metric: string, label: string, paper: number | null, source: string): Claim => ({
  metric,
  label,
  paper,
  source,
  evidence: paper === null ? 'unverified' : 'measured',
});

const OTHER = "another program with the settings of the authors' code, mean of 5 seeds";

/** STDP under soft feedback inhibition as online expectation maximisation: superimposed bars. */
export const paper: Paper<typeof settings> = {
  id: 'legenstein2017em',
  title: 'Assemblies for superimposed causes: STDP with divisive inhibition as online EM',
  citation:
    'Legenstein, Jonke, Habenschuss, Maass (2017). A probabilistic model for learning in cortical microcircuit motifs with data-based divisive inhibition. arXiv:1707.05182; Jonke et al. (2017), J. Neurosci. 37:8511',
  status: 'partly',
  settings,
  presets: {
    smoke: {
      minutes: 0.1,
      doc: '60 s of learning; shows that everything runs',
      settings: {
        trainSeconds: 60,
        testSeconds: 5,
        earlySeconds: 20,
        earlyTestSeconds: 2,
        untrainedTestSeconds: 2,
        strongSeconds: 0,
        noneSeconds: 2,
        emSamples: 500,
      },
    },
    quick: { minutes: 2, doc: 'superimposed bars at full size, controls and the abstract model', settings: {} },
    paper: { minutes: 2, doc: 'the same as quick, which has the full size', settings: {} },
  },
  claims: [
    claim('coveredBars', 'bars with an assembly, of 16', 16, OTHER),
    claim('f1', 'F1 of assemblies against bars shown', 0.938, OTHER),
    claim('specialised', 'specialised neurons, of 400', 321, OTHER),
    claim('precision', 'share of spikes of an assembly while its bar is shown', 0.924, OTHER),
    claim('recall', 'share of bars shown that are reported', 0.954, OTHER),
    claim('excitatoryRate', 'rate of excitatory neurons in the test, Hz', 1.28, OTHER),
    claim('inhibitoryRate', 'rate of inhibitory neurons in the test, Hz', 7.04, OTHER),
    claim('correlation', 'mean weight image of assemblies against bars, correlation', 0.97, 'the same program, 1 seed'),
    claim('early.specialised', 'specialised neurons after 100 s', 119, 'the same program; another seed: 81'),
    claim('strong.recall', 'recall with strong inhibition', 0.716, 'the same program, 1 seed'),
    claim('none.specialised', 'specialised neurons without inhibition', 0, 'the same program, 1 seed'),
    claim('abstract.specialised', 'abstract model: causes tuned to one bar, of 64', 64, 'another program, 3 seeds'),
  ],
  run: async (context) => (await import('./run.ts')).run(context),
};
