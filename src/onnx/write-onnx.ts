import type { Attribute, Graph, GraphNode, ValueInfo } from '../convert/graph/graph.ts';
import {
  ATTRIBUTE_TYPES,
  type AttributeProto,
  ELEMENT_TYPES,
  encodeModel,
  type NodeProto,
  type ValueInfoProto,
} from './schema.ts';
import { tensorMessage } from './tensor-data.ts';

/**
 * Writes a graph as an ONNX file; inputs and outputs are float32.
 *
 * @param metadata - texts that travel with the file, by key
 */
export function writeOnnx(graph: Graph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const domains = new Set(graph.nodes.map(({ op }) => splitOp(op)[0]).filter((domain) => domain !== ''));
  return encodeModel({
    ir_version: irVersion(graph.opset),
    producer_name: 'volley',
    graph: {
      name: graph.name,
      node: graph.nodes.map(nodeMessage),
      initializer: [...graph.constants].map(([name, tensor]) => tensorMessage(tensor, name)),
      input: graph.inputs.map(valueMessage),
      output: graph.outputs.map(valueMessage),
    },
    opset_import: [{ domain: '', version: graph.opset }, ...[...domains].map((domain) => ({ domain, version: 1 }))],
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
}

// A runtime refuses a file whose operators are newer than the format version it claims; an old version runs everywhere.
const irVersion = (opset: number): number => (opset <= 18 ? 8 : opset <= 20 ? 9 : opset <= 22 ? 10 : 11);

function splitOp(op: string): [domain: string, type: string] {
  const at = op.indexOf('::');
  return at < 0 ? ['', op] : [op.slice(0, at), op.slice(at + 2)];
}

function nodeMessage({ op, name, inputs, outputs, attributes }: GraphNode): NodeProto {
  const [domain, type] = splitOp(op);
  const attribute = Object.entries(attributes).map(([key, value]) => attributeMessage(key, value));
  return { op_type: type, domain, name, input: [...inputs], output: [...outputs], attribute };
}

function attributeMessage(name: string, attribute: Attribute): AttributeProto {
  const head = { name, type: ATTRIBUTE_TYPES[attribute.kind] };
  switch (attribute.kind) {
    case 'float':
      return { ...head, f: attribute.value };
    case 'int':
      return { ...head, i: attribute.value };
    case 'string':
      return { ...head, s: new TextEncoder().encode(attribute.value) };
    case 'floats':
      return { ...head, floats: [...attribute.value] };
    case 'ints':
      return { ...head, ints: [...attribute.value] };
    case 'tensor':
      return { ...head, t: tensorMessage(attribute.value, '') };
  }
}

function valueMessage({ name, shape }: ValueInfo): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: ELEMENT_TYPES.float32, shape: { dim } } } };
}
