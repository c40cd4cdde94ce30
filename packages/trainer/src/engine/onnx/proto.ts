/**
 * ONNX's file format, as much of it as we write. Field numbers are those of onnx.proto
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), which never change.
 */
import protobuf from 'protobufjs';

const SCHEMA = `
syntax = "proto2";
package onnx;
message AttributeProto {
  optional string name = 1; optional float f = 2; optional int64 i = 3; optional bytes s = 4;
  repeated float floats = 7; repeated int64 ints = 8; optional int32 type = 20;
}
message NodeProto {
  repeated string input = 1; repeated string output = 2; optional string name = 3; optional string op_type = 4;
  repeated AttributeProto attribute = 5; optional string domain = 7;
}
message StringStringEntryProto { optional string key = 1; optional string value = 2; }
message TensorProto {
  repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9;
  repeated StringStringEntryProto external_data = 13; optional int32 data_location = 14;
}
message TensorShapeProto {
  message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
  repeated Dimension dim = 1;
}
message TypeProto {
  message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  optional Tensor tensor_type = 1;
}
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
message GraphProto {
  repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message ModelProto {
  optional int64 ir_version = 1; optional string producer_name = 2; optional GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
}`;

const Model = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('onnx.ModelProto');

/** Element types by their number in TensorProto.DataType. */
export const ELEMENT_TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof ELEMENT_TYPE;

/** An axis: a size, or the name of one that is known only when the graph runs. */
export type Dim = number | string;

export type Attribute = number | string | readonly number[] | { readonly float: number };

export interface NodeDescription {
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface ValueDescription {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dim[];
}

export interface TensorDescription {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** Or where they lie: in another file. */
  readonly bytes: Uint8Array | FilePlace;
}

/** A stretch of a file, named from the folder that the session is told of. */
export interface FilePlace {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface GraphDescription {
  readonly nodes: readonly NodeDescription[];
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
  readonly initializers: readonly TensorDescription[];
}

/** Opset 20 is the first with Gelu; every runtime of the last years reads it. */
const OPSET_VERSION = 20;
const IR_VERSION = 9;

/** @returns the bytes of a .onnx file; below 2 GB, protobuf's limit */
export function serializeModel(graph: GraphDescription): Uint8Array {
  const domains = new Set(['', ...graph.nodes.map((node) => node.domain)]);
  const message = Model.fromObject({
    ir_version: IR_VERSION,
    producer_name: 'otzyv',
    opset_import: [...domains].map((domain) => ({ domain, version: domain === '' ? OPSET_VERSION : 1 })),
    graph: {
      name: 'otzyv',
      node: graph.nodes.map((node) => ({
        name: node.outputs[0],
        op_type: node.type,
        domain: node.domain,
        input: node.inputs,
        output: node.outputs,
        attribute: Object.entries(node.attributes).map(([name, value]) => attributeMessage(name, value)),
      })),
      initializer: graph.initializers.map((tensor) => ({
        name: tensor.name,
        dims: tensor.dims,
        data_type: ELEMENT_TYPE[tensor.type],
        ...('file' in tensor.bytes ? externalData(tensor.bytes) : { raw_data: tensor.bytes }),
      })),
      input: graph.inputs.map(valueMessage),
      output: graph.outputs.map(valueMessage),
    },
  });
  return Model.encode(message).finish();
}

function externalData({ file, offset, length }: FilePlace): object {
  const entries = Object.entries({ location: file, offset, length });
  return {
    external_data: entries.map(([key, value]) => ({ key, value: String(value) })),
    data_location: 1,
  };
}

function attributeMessage(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: 3 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  return { name, ints: value, type: 7 };
}

function valueMessage({ name, type, dims }: ValueDescription): object {
  const dim = dims.map((size) => (typeof size === 'string' ? { dim_param: size } : { dim_value: size }));
  return { name, type: { tensor_type: { elem_type: ELEMENT_TYPE[type], shape: { dim } } } };
}
