import { type Import, importsOf, type SourceFile } from './imports.ts';

/** The layers of the core: each imports only from those to its left, those in one group not from each other. Folders
 * that are not there yet (search, hardware, assemblies, meta) are planned; their places are taken. */
const LAYERS: readonly (readonly string[])[] = [
  ['base'],
  ['expr'],
  ['kernels'],
  ['tensor'],
  ['neurons', 'synapses'],
  ['network'],
  ['learning', 'search'],
  ['convert', 'hardware', 'assemblies'],
  ['tasks', 'onnx'],
  ['meta'],
];

/** Layers of the core that stand on packages, and the only layers they may import by path. */
const ON_PACKAGES: Readonly<
  Record<string, { readonly packages: readonly string[]; readonly layers: readonly string[] }>
> = {
  onnx: { packages: ['protobufjs'], layers: ['base', 'convert'] },
};

/** The folders outside src, each with those it may import by path; src is imported by its public name only. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  papers: ['papers'],
  examples: ['examples'],
  bench: ['bench', 'papers'],
  cli: ['cli', 'papers', 'bench'],
  test: ['test', 'papers', 'cli', 'bench', 'examples', 'scripts'],
};

/** These compare internals with each other (references, generated code), so they may reach into src. */
const OF_INTERNALS = ['test/conformance/', 'test/property/'];

/** What the package offers and stands on. */
export interface PackageFacts {
  /** Public names: `volley`, `volley/expr`, … */
  readonly names: readonly string[];
  readonly dependencies: readonly string[];
}

/** Whether a file is a test, or a helper of tests beside the sources. */
export const isTest = (path: string): boolean => /\.test\.ts$|^test\/|\/testing\//.test(path);

const layerOf = (path: string): string | undefined => /^src\/([^/]+)\/./.exec(path)?.[1];
const rankOf = (layer: string): number => LAYERS.findIndex((group) => group.includes(layer));
const zoneOf = (path: string): string => path.split('/')[0]!;

/** The imports that break the order of the layers, as `file imports name: rule`. */
export function layerViolations(files: readonly SourceFile[], facts: PackageFacts): string[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap((found) => {
      const broken = zoneOf(file.path) === 'src' ? ruleOfSource(found, facts) : ruleOutside(found, facts);
      return broken ? [`${found.file} imports ${found.name}: ${broken}`] : [];
    }),
  );
}

function ruleOfSource({ file, name, target }: Import, facts: PackageFacts): string | undefined {
  if (isTest(file)) return undefined;
  if (target !== undefined && isTest(target)) return 'code that ships does not import test code';
  if (layerOf(file) === 'io') return target === undefined ? ruleOfPackages(name, facts) : ruleOfTree(target);
  if (target === undefined) return ruleOfCore(name, layerOf(file));
  return ruleOfTree(target) ?? ruleOfOrder(file, target);
}

function ruleOfCore(name: string, layer: string | undefined): string | undefined {
  const packages = ON_PACKAGES[layer ?? '']?.packages ?? [];
  if (packages.some((known) => name === known || name.startsWith(`${known}/`))) return undefined;
  return `the core imports nothing but ${['itself', ...packages].join(' and ')}`;
}

const ruleOfTree = (target: string): string | undefined =>
  zoneOf(target) === 'src' ? undefined : 'src imports nothing outside of src';

function ruleOfOrder(file: string, target: string): string | undefined {
  const to = layerOf(target);
  if (to === 'io') return 'the core runs in browsers and does not import io';
  if (to === undefined) return 'src/index.ts is for users; import the layer';
  if (rankOf(to) < 0) return `layer "${to}" has no place in the order`;
  const from = layerOf(file);
  // src/index.ts gathers all layers.
  if (from === undefined || from === to) return undefined;
  if (rankOf(from) < 0) return `layer "${from}" has no place in the order`;
  if (rankOf(to) >= rankOf(from)) return `${from} may only import layers to its left`;
  const layers = ON_PACKAGES[from]?.layers ?? [to];
  return layers.includes(to) ? undefined : `${from} may only import ${layers.join(' and ')}`;
}

function ruleOutside({ file, name, target }: Import, facts: PackageFacts): string | undefined {
  const zone = zoneOf(file);
  // Benchmarks run in the repository only, where the tools of development are installed.
  const tools = isTest(file) || zone === 'bench';
  if (target === undefined) return tools ? ruleOfNames(name, facts) : ruleOfPackages(name, facts);
  if (zoneOf(target) === 'src' && OF_INTERNALS.some((folder) => file.startsWith(folder))) return undefined;
  if (OUTSIDE[zone]?.includes(zoneOf(target))) return undefined;
  return zoneOf(target) === 'src' ? 'use the public name' : `${zone} does not import ${zoneOf(target)}`;
}

function ruleOfNames(name: string, { names }: PackageFacts): string | undefined {
  return /^volley(\/|$)/.test(name) && !names.includes(name) ? `no public name (${names.join(', ')})` : undefined;
}

/** For code that ships: public names, Node's own modules and dependencies, not development dependencies. */
function ruleOfPackages(name: string, facts: PackageFacts): string | undefined {
  if (/^volley(\/|$)/.test(name)) return ruleOfNames(name, facts);
  if (name.startsWith('node:')) return undefined;
  const known = facts.dependencies.some((dependency) => name === dependency || name.startsWith(`${dependency}/`));
  return known ? undefined : 'not among the dependencies of package.json';
}
