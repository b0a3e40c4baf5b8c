/** A directed network for maximum-flow problems of a few dozen vertices. */
export class FlowNetwork {
  readonly #heads: number[] = [];
  readonly #capacities: number[] = [];
  readonly #outgoing: number[][] = [];

  /** Adds a vertex and returns its number. */
  vertex(): number {
    return this.#outgoing.push([]) - 1;
  }

  /** Adds an edge; edge 2k and its reverse 2k + 1 are neighbours, so `edge ^ 1` is the opposite. */
  edge(from: number, to: number, capacity: number): void {
    this.#outgoing[from]!.push(this.#heads.push(to) - 1);
    this.#capacities.push(capacity);
    this.#outgoing[to]!.push(this.#heads.push(from) - 1);
    this.#capacities.push(0);
  }

  /** The edge by which a breadth-first search from `source` first reached each vertex; -1 where it did not. */
  #search(source: number): number[] {
    const via = new Array<number>(this.#outgoing.length).fill(-1);
    const queue = [source];
    for (let head = 0; head < queue.length; head++) {
      for (const edge of this.#outgoing[queue[head]!]!) {
        const to = this.#heads[edge]!;
        if (this.#capacities[edge]! > 0 && via[to] === -1 && to !== source) {
          via[to] = edge;
          queue.push(to);
        }
      }
    }
    return via;
  }

  /** Pushes a maximum flow (Edmonds and Karp); returns for each vertex whether it can still reach `sink`. */
  saturate(source: number, sink: number): boolean[] {
    for (let via = this.#search(source); via[sink] !== -1; via = this.#search(source)) {
      const path: number[] = [];
      for (let at = sink; at !== source; at = this.#heads[via[at]! ^ 1]!) path.push(via[at]!);
      const amount = Math.min(...path.map((edge) => this.#capacities[edge]!));
      for (const edge of path) {
        this.#capacities[edge]! -= amount;
        this.#capacities[edge ^ 1]! += amount;
      }
    }
    return this.#reaching(sink);
  }

  #reaching(sink: number): boolean[] {
    const marked = new Array<boolean>(this.#outgoing.length).fill(false);
    const queue = [sink];
    marked[sink] = true;
    for (let head = 0; head < queue.length; head++) {
      for (const edge of this.#outgoing[queue[head]!]!) {
        const from = this.#heads[edge]!;
        if (this.#capacities[edge ^ 1]! > 0 && !marked[from]) {
          marked[from] = true;
          queue.push(from);
        }
      }
    }
    return marked;
  }
}
