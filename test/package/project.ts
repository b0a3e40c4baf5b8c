import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The project's root, without a final slash. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

export const packageJson: {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
} = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));

/** Runs a command to its end and returns its stdout. Throws with everything it wrote if it fails. */
export function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: status ${status}\n${error?.message ?? ''}${stdout}${stderr}`);
  }
  return stdout;
}

/** The first TypeScript block of a page after a heading. */
export function codeAfter(page: string, heading: string): string {
  const at = page.indexOf(`\n${heading}\n`);
  const code = at < 0 ? undefined : /^```ts\n([\s\S]*?)^```/m.exec(page.slice(at))?.[1];
  if (code === undefined) throw new Error(`expected the heading "${heading}" and a \`\`\`ts block after it`);
  return code;
}
