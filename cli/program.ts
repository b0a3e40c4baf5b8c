import { Command, CommanderError } from 'commander';
import { bench } from './commands/bench.ts';
import { list } from './commands/list.ts';
import { run } from './commands/run.ts';
import { runs } from './commands/runs.ts';
import type { World } from './terminal.ts';
import { EXIT, oneLine, UsageError } from './usage.ts';
import { packageVersion } from './version.ts';

const append = (value: string, before: readonly string[] = []): string[] => [...before, value];

/**
 * Runs the command line.
 *
 * @param args - the arguments behind the program's name
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C
 */
export async function volley(args: readonly string[], world: World): Promise<number> {
  let code: number = EXIT.done;
  const program = createProgram(world, (value) => {
    code = value;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    if (args.includes('--debug') && error instanceof Error) world.stderr.write(`${error.stack}\n`);
    else world.stderr.write(`volley: ${oneLine(error)}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

function createProgram(world: World, exit: (code: number) => void): Command {
  const program = new Command('volley').description(
    'Spiking neural networks: run published results, convert trained networks, measure speed.',
  );
  program.configureOutput({
    writeOut: (text) => world.stdout.write(text),
    writeErr: () => undefined, // Faults are reported once, in one line, by `volley`.
  });
  program.version(packageVersion(), '--version', 'print the version').helpOption('--help', 'explain the command');
  const command = (usage: string, description: string): Command =>
    program
      .command(usage)
      .description(description)
      .option('--json', 'print one JSON object as the last line')
      .option('--debug', 'show where an error comes from');

  command('list', 'every paper: id, presets, expected minutes, status').action((flags) => list(world, flags));
  command('run <id>', 'run or resume a paper')
    .option('--preset <name>', 'smoke, quick or paper (default: quick)')
    .option('--seed <N>', 'seed of all random draws (default: 1)')
    .option('--set <key=value>', 'change a setting; may be repeated', append)
    .option('--out <DIR>', 'folder of the run (default: a new one below runs/)')
    .option('--resume <DIR>', 'go on with the run in this folder')
    .option('--workers <N>', 'threads; the result does not depend on it (default: 1)')
    .option('--checkpoint-every <seconds>', 'shortest time between checkpoints (default: 30)')
    .action(async (id: string, flags) => exit(await run(world, id, flags)));
  command('bench [name]', 'measure speed, against other programs with --peers')
    .option('--peers', 'run the other programs too')
    .option('--cases <text>', 'only cases with this in their name, large ones too (simulate)')
    .option('--out <folder>', 'write the results there, with a report of all of them')
    .action((name: string | undefined, flags) => bench(world, name, flags));
  command('convert <model.onnx>', 'turn a trained network into a spiking one')
    .option('--method <name>', 'fs: few-spike neurons; amos: circuits whose neurons spike at most once (default: fs)')
    .option('--steps <K>', 'time steps per neuron; "16,sigmoid=12" sets some apart (default: 10)')
    .option('--calibrate <PATH>', 'training samples, [count, …] float32: an .npy file or a folder of them')
    .option('--test <PATH>', 'samples to compare both networks on')
    .option('--labels <FILE>', 'their classes, [count] integers')
    .option('--out <DIR>', 'folder for snn.onnx, report.html and result.json')
    .option('--alpha <rule>', 'range of ReLU codes: max, percentile (99.9 %), 99.99%, or a number')
    .option('--no-round', 'round down, as binary expansion does, instead of to the nearest value')
    .option('--dyadic', 'scales that are powers of two')
    .option(
      '--fit <how>',
      'other activations: auto (a fit that ships, or one to what the layer gets where it loses too much), table or per-layer',
    )
    .option(
      '--spike-penalty <x>',
      'what a mean spike costs in fits, in squared units of the activation, e.g. 3e-4 (default: 0)',
    )
    .option('--bits <n>', 'bits of thresholds, resets, output weights and synaptic weights')
    .option('--noise <s>', 'standard deviation of noise on the membrane, relative to its range')
    .option('--input <kind>', 'analog or coded: what the first layer gets (default: analog)')
    .option('--product <how>', 'outer (by coincident spikes) or exact (default: outer)')
    .option('--max-pool <how>', 'lexmax (by first spikes) or exact (default: lexmax)')
    .option('--mode <mode>', 'collapsed or step-by-step: how test samples run; same spikes (default: collapsed)')
    .option('--form <form>', 'unrolled (every step) or compact: neurons in snn.onnx (default: unrolled)')
    .option('--batch <N>', 'samples at once (default: 32)')
    .option('--limit <N>', 'use the first N test samples only')
    .option('--seed <N>', 'seed of noise and fits (default: 1)')
    .option('--threads <N>', 'threads of onnxruntime (default: 1)')
    .action(async (model: string, flags) => {
      const { convert } = await import('./commands/convert.ts');
      exit(await convert(world, model, flags));
    });
  command('runs', 'the runs made so far').action((flags) => runs(world, flags));

  for (const each of [program, ...program.commands]) each.exitOverride((error) => explain(each, program, error));
  return program;
}

/** Turns a complaint of the parser into one line that lists what is known. */
function explain(command: Command, program: Command, error: CommanderError): never {
  if (error.exitCode === 0) throw error;
  const commands = `commands: ${program.commands.map((each) => each.name()).join(', ')}; volley --help explains them`;
  if (error.code === 'commander.help') throw new UsageError(`expected a command (${commands})`);
  const complaint = error.message.split('\n')[0]!.replace(/^error: /, '');
  const options = [...command.options.map((option) => option.long), '--help'].join(', ');
  const hint = error.code === 'commander.unknownCommand' ? commands : `options of ${command.name()}: ${options}`;
  throw new UsageError(`${complaint} (${hint})`);
}
