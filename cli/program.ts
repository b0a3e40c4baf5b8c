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
  const program = new Command('volley').description('Spiking neural networks: run published results, measure speed.');
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
    .option('--out <folder>', 'write the results there, with a report of all of them')
    .action((name: string | undefined, flags) => bench(world, name, flags));
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
