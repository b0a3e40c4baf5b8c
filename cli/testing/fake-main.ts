import { benchRow, machineLine } from 'volley/io';
import { exitOnClosedPipe } from '../process.ts';
import { volley } from '../program.ts';
import { fakePapers } from './fake-papers.ts';

const benches = {
  fake: {
    doc: 'a stand-in',
    run: async ({ peers, progress }: { peers: boolean; progress(text: string): void }) => {
      progress('measuring');
      const row = benchRow({
        case: 'B1',
        unit: 'cpu s',
        ours: 0.5,
        peers: peers ? { slow: 4, fast: 2 } : {},
        extra: { peakMB: 7 },
      });
      return { bench: 'fake', machine: machineLine(), rows: [row] };
    },
  },
};

exitOnClosedPipe(process.stdout, process.stderr);
process.exitCode = await volley(process.argv.slice(2), {
  papers: async () => fakePapers,
  benches: async () => benches,
  stdout: process.stdout,
  stderr: process.stderr,
  runs: 'runs',
});
