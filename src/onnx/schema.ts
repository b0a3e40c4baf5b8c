import protobuf from 'protobufjs/light.js';

// The part of the ONNX schema that a trained network needs; what is not listed is skipped when reading.
const SCHEMA = {
  ModelProto: {
    fields: {
      ir_version: { type: 'int64', id: 1 },
      producer_name: { type: 'string', id: 2 },
      graph: { type: 'GraphProto', id: 7 },
      opset_import: { rule: 'repeated', type: 'OperatorSetIdProto', id: 8 },
      metadata_props: { rule: 'repeated', type: 'StringStringEntryProto', id: 14 },
    },
  },
  OperatorSetIdProto: { fields: { domain: { type: 'string', id: 1 }, version: { type: 'int64', id: 2 } } },
  StringStringEntryProto: { fields: { key: { type: 'string', id: 1 }, value: { type: 'string', id: 2 } } },
  GraphProto: {
    fields: {
      node: { rule: 'repeated', type: 'NodeProto', id: 1 },
      name: { type: 'string', id: 2 },
      initializer: { rule: 'repeated', type: 'TensorProto', id: 5 },
      input: { rule: 'repeated', type: 'ValueInfoProto', id: 11 },
      output: { rule: 'repeated', type: 'ValueInfoProto', id: 12 },
    },
  },
  NodeProto: {
    fields: {
      input: { rule: 'repeated', type: 'string', id: 1 },
      output: { rule: 'repeated', type: 'string', id: 2 },
      name: { type: 'string', id: 3 },
      op_type: { type: 'string', id: 4 },
      attribute: { rule: 'repeated', type: 'AttributeProto', id: 5 },
      domain: { type: 'string', id: 7 },
    },
  },
  AttributeProto: {
    fields: {
      name: { type: 'string', id: 1 },
      f: { type: 'float', id: 2 },
      i: { type: 'int64', id: 3 },
      s: { type: 'bytes', id: 4 },
      t: { type: 'TensorProto', id: 5 },
      floats: { rule: 'repeated', type: 'float', id: 7 },
      ints: { rule: 'repeated', type: 'int64', id: 8 },
      type: { type: 'int32', id: 20 },
    },
  },
  TensorProto: {
    fields: {
      dims: { rule: 'repeated', type: 'int64', id: 1 },
      data_type: { type: 'int32', id: 2 },
      float_data: { rule: 'repeated', type: 'float', id: 4, options: { packed: true } },
      int32_data: { rule: 'repeated', type: 'int32', id: 5, options: { packed: true } },
      int64_data: { rule: 'repeated', type: 'int64', id: 7, options: { packed: true } },
      name: { type: 'string', id: 8 },
      raw_data: { type: 'bytes', id: 9 },
      double_data: { rule: 'repeated', type: 'double', id: 10, options: { packed: true } },
      external_data: { rule: 'repeated', type: 'StringStringEntryProto', id: 13 },
      data_location: { type: 'int32', id: 14 },
    },
  },
  ValueInfoProto: { fields: { name: { type: 'string', id: 1 }, type: { type: 'TypeProto', id: 2 } } },
  TypeProto: { fields: { tensor_type: { type: 'TensorTypeProto', id: 1 } } },
  TensorTypeProto: { fields: { elem_type: { type: 'int32', id: 1 }, shape: { type: 'TensorShapeProto', id: 2 } } },
  TensorShapeProto: { fields: { dim: { rule: 'repeated', type: 'DimensionProto', id: 1 } } },
  DimensionProto: { fields: { dim_value: { type: 'int64', id: 1 }, dim_param: { type: 'string', id: 2 } } },
};

/** A 64-bit integer: text when read, since a number does not hold all of them; either when written. */
type Long = string | number;

export interface TensorProto {
  dims: Long[];
  data_type: number;
  name?: string;
  raw_data?: Uint8Array;
  float_data?: number[];
  int32_data?: number[];
  int64_data?: Long[];
  double_data?: number[];
  external_data?: { key: string; value: string }[];
  data_location?: number;
}

export interface AttributeProto {
  name: string;
  type: number;
  f?: number;
  i?: Long;
  s?: Uint8Array;
  t?: TensorProto | null;
  floats?: number[];
  ints?: Long[];
}

export interface NodeProto {
  op_type: string;
  name: string;
  domain: string;
  input: string[];
  output: string[];
  attribute: AttributeProto[];
}

export interface ValueInfoProto {
  name: string;
  type?: {
    tensor_type?: {
      elem_type: number;
      shape?: { dim: { dim_value?: Long; dim_param?: string }[] } | null;
    } | null;
  } | null;
}

export interface GraphProto {
  name: string;
  node: NodeProto[];
  initializer: TensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
}

export interface ModelProto {
  ir_version: Long;
  producer_name: string;
  graph?: GraphProto | null;
  opset_import: { domain: string; version: Long }[];
  metadata_props: { key: string; value: string }[];
}

/** Kinds of attribute, as the format numbers them. */
export const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

/** Element types, as the format numbers them. */
export const ELEMENT_TYPES = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

const model = protobuf.Root.fromJSON({
  nested: Object.fromEntries(Object.entries(SCHEMA)),
} as protobuf.INamespace).lookupType('ModelProto');

/** The message that the bytes spell; throws what the decoder throws where they do not spell one. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return model.toObject(model.decode(bytes), { longs: String, defaults: true }) as ModelProto;
}

export function encodeModel(message: ModelProto): Uint8Array {
  return model.encode(model.fromObject(message)).finish();
}
