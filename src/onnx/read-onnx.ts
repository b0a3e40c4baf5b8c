import { FormatError, UnsupportedError } from '../base/errors.ts';
import type { Attribute, Graph, GraphNode, GraphTensor, ValueInfo } from '../convert/graph/graph.ts';
import {
  ATTRIBUTE_TYPES,
  type AttributeProto,
  decodeModel,
  ELEMENT_TYPES,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
} from './schema.ts';
import { type ExternalFiles, readTensor } from './tensor-data.ts';

/**
 * Reads an ONNX file. Numbers of float16 and float64 become float32; an operator outside of the standard domain is named
 * `domain::Operator`; a dimension that the file leaves open gets a name.
 *
 * @param name - of the file, for error messages
 * @param files - the files beside the model, for models that keep their weights there; none unless told
 * @throws FormatError if the bytes are no ONNX model, or end too early
 * @throws UnsupportedError for weights in a file that is not there, subgraphs (loops, conditions), other element types
 * @example
 * const graph = readOnnx(readFileSync('nets/net.onnx'), 'net.onnx', (file) => readFileSync(`nets/${file}`));
 */
export function readOnnx(bytes: Uint8Array, name = 'the model', files: ExternalFiles = () => undefined): Graph {
  const model = decode(bytes, name);
  const graph = model.graph;
  const opset = Number(model.opset_import.find(({ domain }) => isStandard(domain))?.version ?? 0);
  if (!graph || graph.node.length === 0 || opset === 0) {
    throw new FormatError('readOnnx', `expected an ONNX model in ${name}, got none`, {
      hint: 'a file as torch.onnx.export or tf2onnx write it',
    });
  }
  const constants = new Map<string, GraphTensor>();
  for (const tensor of graph.initializer) constants.set(tensor.name!, readTensor(tensor, `"${tensor.name}"`, files));
  return {
    name: graph.name || 'network',
    opset,
    // Old files list their weights among the inputs.
    inputs: graph.input.filter((input) => !constants.has(input.name)).map(readValue),
    outputs: graph.output.map(readValue),
    nodes: graph.node.map((node) => readNode(node, files)),
    constants,
  };
}

const isStandard = (domain: string): boolean => domain === '' || domain === 'ai.onnx';

function decode(bytes: Uint8Array, name: string): ModelProto {
  try {
    return decodeModel(bytes);
  } catch (error) {
    throw new FormatError('readOnnx', `expected an ONNX model in ${name}, got ${(error as Error).message}`, {
      hint: 'truncated file, or another format?',
      fields: { name, bytes: bytes.length },
    });
  }
}

function readValue(message: ValueInfoProto): ValueInfo {
  const type = message.type?.tensor_type;
  const dims = type?.shape?.dim ?? [];
  if (type && Object.values<number>(ELEMENT_TYPES).includes(type.elem_type) === false) {
    throw new UnsupportedError('readOnnx', `expected numbers in "${message.name}", got element type ${type.elem_type}`);
  }
  const shape = dims.map(({ dim_value, dim_param }, axis) =>
    Number(dim_value) > 0 ? Number(dim_value) : dim_param || `${message.name}.${axis}`,
  );
  return { name: message.name, shape };
}

function readNode(message: NodeProto, files: ExternalFiles): GraphNode {
  const op = isStandard(message.domain) ? message.op_type : `${message.domain}::${message.op_type}`;
  const owner = `${op}${message.name ? ` "${message.name}"` : ''}`;
  return {
    op,
    name: message.name,
    inputs: message.input,
    outputs: message.output,
    attributes: Object.fromEntries(message.attribute.map((entry) => [entry.name, readAttribute(entry, owner, files)])),
  };
}

function readAttribute(message: AttributeProto, owner: string, files: ExternalFiles): Attribute {
  switch (message.type) {
    case ATTRIBUTE_TYPES.float:
      return { kind: 'float', value: message.f! };
    case ATTRIBUTE_TYPES.int:
      return { kind: 'int', value: Number(message.i) };
    case ATTRIBUTE_TYPES.string:
      return { kind: 'string', value: new TextDecoder().decode(message.s) };
    case ATTRIBUTE_TYPES.floats:
      return { kind: 'floats', value: message.floats ?? [] };
    case ATTRIBUTE_TYPES.ints:
      return { kind: 'ints', value: (message.ints ?? []).map(Number) };
    case ATTRIBUTE_TYPES.tensor:
      if (!message.t) throw new FormatError('readOnnx', `expected a tensor, got none as "${message.name}" of ${owner}`);
      return { kind: 'tensor', value: readTensor(message.t, `"${message.name}" of ${owner}`, files) };
    default:
      throw new UnsupportedError(
        'readOnnx',
        `expected numbers, texts and tensors, got attribute "${message.name}" of ${owner}`,
        {
          hint: 'loops, conditions and sequences have no spiking form',
          fields: { attribute: message.name, type: message.type },
        },
      );
  }
}
