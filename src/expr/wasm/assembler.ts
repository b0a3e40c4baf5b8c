import { InternalError } from '../../base/errors.ts';
import { Code } from './code.ts';
import { unsignedLeb, VALUE_TYPES, type ValueType } from './encoding.ts';

export interface ModuleOptions {
  /** Whether the imported memory is shared between threads; needs `maxPages`. */
  readonly shared: boolean;
  /** Least size of the imported memory, in pages of 64 KiB. */
  readonly minPages: number;
  readonly maxPages?: number;
  /** Lets multiply-add pairs compile to one fused instruction; results then differ in the last place by machine. */
  readonly relaxed?: boolean;
}

interface FunctionBody {
  readonly type: number;
  readonly bytes: readonly number[];
}

const sized = (bytes: readonly number[]): number[] => unsignedLeb(bytes.length).concat(bytes);
const text = (name: string): number[] => sized([...new TextEncoder().encode(name)]);

function section(id: number, items: readonly (readonly number[])[]): number[] {
  if (items.length === 0) return [];
  const content = unsignedLeb(items.length);
  for (const item of items) for (const byte of item) content.push(byte);
  return [id].concat(sized(content));
}

/**
 * Assembles one WebAssembly module whose memory is the import "env" "memory".
 *
 * @example
 * const module = new ModuleBuilder({ shared: false, minPages: 1 });
 * module.addFunction(['i32'], ['i32'], (code) => code.localGet(0).i32Const(1).i32Add(), 'increment');
 * const bytes = module.toBytes();
 */
export class ModuleBuilder {
  readonly options: ModuleOptions;
  readonly #types: { key: string; bytes: number[] }[] = [];
  readonly #imports: number[][] = [];
  readonly #functions: FunctionBody[] = [];
  readonly #exports: number[][] = [];
  readonly #shared = new Map<string, number>();

  constructor(options: ModuleOptions) {
    this.options = options;
  }

  #type(params: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${params}>${results}`;
    const known = this.#types.findIndex((type) => type.key === key);
    if (known >= 0) return known;
    const codes = (types: readonly ValueType[]) => sized(types.map((type) => VALUE_TYPES[type]));
    this.#types.push({ key, bytes: [0x60, ...codes(params), ...codes(results)] });
    return this.#types.length - 1;
  }

  /**
   * Declares an import "env" `field`; returns its function index.
   *
   * @throws InternalError after the first {@link addFunction}, since imports take the first indices
   */
  importFunction(field: string, params: ValueType[], results: ValueType[]): number {
    if (this.#functions.length > 0) {
      throw new InternalError('importFunction', `expected imports before functions, got "${field}" afterwards`);
    }
    this.#imports.push([...text('env'), ...text(field), 0x00, ...unsignedLeb(this.#type(params, results))]);
    return this.#imports.length - 1;
  }

  /** Adds a function and returns its index; `build` writes the body, parameters are the first locals. */
  addFunction(params: ValueType[], results: ValueType[], build: (code: Code) => void, exportName?: string): number {
    const code = new Code(params.length, this.options.relaxed ?? false);
    build(code);
    this.#functions.push({ type: this.#type(params, results), bytes: code.toBody() });
    const index = this.#imports.length + this.#functions.length - 1;
    if (exportName !== undefined) this.#exports.push([...text(exportName), 0x00, ...unsignedLeb(index)]);
    return index;
  }

  /** The function known as `key`, added by `make` the first time it is asked for. */
  sharedFunction(key: string, make: () => number): number {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const index = make();
    this.#shared.set(key, index);
    return index;
  }

  #memoryImport(): number[] {
    const { shared, minPages, maxPages } = this.options;
    if (shared && maxPages === undefined) {
      throw new InternalError('ModuleBuilder', 'expected maxPages for a shared memory, got none');
    }
    const flags = (maxPages === undefined ? 0 : 1) | (shared ? 2 : 0);
    const limits = [flags, ...unsignedLeb(minPages), ...(maxPages === undefined ? [] : unsignedLeb(maxPages))];
    return [...text('env'), ...text('memory'), 0x02, ...limits];
  }

  /** The binary module. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00].concat(
      section(
        1,
        this.#types.map((type) => type.bytes),
      ),
      section(2, [...this.#imports, this.#memoryImport()]),
      section(
        3,
        this.#functions.map((body) => unsignedLeb(body.type)),
      ),
      section(7, this.#exports),
      section(
        10,
        this.#functions.map((body) => sized(body.bytes)),
      ),
    );
    return Uint8Array.from(bytes);
  }
}
