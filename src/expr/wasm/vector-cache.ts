import type { Code } from './code.ts';

/** Which values are in locals: some for the whole loop, the others for the current vector only. */
export class VectorCache {
  readonly #code: Code;
  readonly #permanent = new Map<string, number>();
  readonly #locals = new Map<string, number>();
  readonly #current = new Set<string>();

  constructor(code: Code) {
    this.#code = code;
  }

  /** Forgets the values of the vector before. */
  begin(): void {
    this.#current.clear();
  }

  /** Computes a value before the loop, once. */
  hoist(key: string, push: () => void): void {
    if (this.#permanent.has(key)) return;
    push();
    const local = this.#code.local('v128');
    this.#code.localSet(local);
    this.#permanent.set(key, local);
  }

  /** Pushes the value if it is in a local; says whether it was. */
  push(key: string): boolean {
    const local = this.#permanent.get(key) ?? (this.#current.has(key) ? this.#locals.get(key) : undefined);
    if (local === undefined) return false;
    this.#code.localGet(local);
    return true;
  }

  /** Keeps the vector on the stack for later uses, and leaves it there. */
  keep(key: string): void {
    let local = this.#locals.get(key);
    if (local === undefined) {
      local = this.#code.local('v128');
      this.#locals.set(key, local);
    }
    this.#code.localTee(local);
    this.#current.add(key);
  }
}
