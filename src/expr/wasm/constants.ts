import type { Code } from './code.ts';

/** Four times the same number, kept in locals. */
export class Constants {
  readonly #code: Code;
  readonly #locals = new Map<number, number>();

  constructor(code: Code) {
    this.#code = code;
  }

  /** Emits the constant; before the loops that use it. */
  declare(value: number): void {
    if (this.#locals.has(value)) return;
    const local = this.#code.local('v128');
    this.#locals.set(value, local);
    this.#code.f32x4Const(value).localSet(local);
  }

  push(value: number): void {
    this.#code.localGet(this.#locals.get(value)!);
  }
}
