import { posix } from 'node:path';

/** A module as text; `path` is relative to the project's root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One import of a file, types included. */
export interface Import {
  readonly file: string;
  /** As written: `./x.ts`, `node:fs`, `volley/expr`. */
  readonly name: string;
  /** Path from the root that a relative name leads to; undefined for all others. */
  readonly target: string | undefined;
}

const COMMENT = String.raw`\/\*[\s\S]*?\*\/|\/\/[^\n]*`;
const STRING = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`;
const TEMPLATE = '`(?:\\\\.|[^`\\\\])*`';
const IMPORT = String.raw`\b(?:from|import)\s*\(?\s*(${STRING})`;
// The parts are tried in this order at each place, so what lies inside of a comment, string or template is passed over.
const TOKEN = new RegExp([COMMENT, IMPORT, STRING, TEMPLATE].join('|'), 'g');

/** The imports, re-exports and dynamic imports of a file. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const quoted = [...text.matchAll(TOKEN)].flatMap((match) => match[1] ?? []);
  return quoted.map((literal) => {
    const name = literal.slice(1, -1);
    const target = name.startsWith('.') ? posix.join(posix.dirname(path), name) : undefined;
    return { file: path, name, target };
  });
}

/**
 * Groups of files that import each other in a circle, types included; each group sorted, so that it prints the same
 * every time (Tarjan's strongly connected components).
 */
export function importCycles(files: readonly SourceFile[]): string[][] {
  const graph = new Map(files.map((file) => [file.path, importsOf(file).flatMap(({ target }) => target ?? [])]));
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const cycles: string[][] = [];

  const visit = (path: string): void => {
    order.set(path, order.size);
    lowest.set(path, order.get(path)!);
    open.push(path);
    for (const next of graph.get(path)!) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(path, Math.min(lowest.get(path)!, lowest.get(next)!));
    }
    if (lowest.get(path) !== order.get(path)) return;
    const group = open.splice(open.indexOf(path));
    if (group.length > 1 || graph.get(path)!.includes(path)) cycles.push(group.sort());
  };
  for (const path of graph.keys()) if (!order.has(path)) visit(path);
  return cycles;
}
