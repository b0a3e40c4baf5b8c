import type { BenchRegistry, PaperRegistry } from 'volley/io';

/** Where a command writes. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** What the commands work on; tests put their own in. */
export interface World {
  readonly papers: () => Promise<PaperRegistry>;
  readonly benches: () => Promise<BenchRegistry>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Folder in which new runs are made, relative to the working directory. */
  readonly runs: string;
}

/** Options of every command. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** Writes a value as one line of JSON. */
export function writeJsonLine(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value)}\n`);
}

/** Writes a table. */
export async function writeTable(output: Output, head: string[], rows: readonly (readonly string[])[]): Promise<void> {
  const { default: Table } = await import('cli-table3');
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const row of rows) table.push([...row]);
  output.write(`${table.toString()}\n`);
}
