/** A constant of a graph, row-major. */
export interface GraphTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array;
}

/** An attribute of a node, with the kind that the ONNX format distinguishes. */
export type Attribute =
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'tensor'; readonly value: GraphTensor };

/** One operator of the ONNX standard; values are named, a missing optional input is ''. */
export interface GraphNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A named value that enters or leaves; a dimension that is not fixed (the batch) is a name. */
export interface ValueInfo {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** A network as ONNX describes it: nodes in an order in which every value is made before it is read. */
export interface Graph {
  readonly name: string;
  readonly opset: number;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, GraphTensor>;
}
