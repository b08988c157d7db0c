import { bytes, float, int, ints, message, text } from './wire';

/**
 * An ONNX model as plain data and its encoding (onnx.proto3 of ONNX 1.13: IR version 8, operator set 18, chosen
 * because runtimes from early 2023 on read it). Field numbers are those of onnx.proto3.
 */
export type ElementType = 'float32' | 'int32' | 'int64' | 'bool';

/** TensorProto.DataType */
export const ELEMENT_TYPE_NUMBER: Record<ElementType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

export type Attribute = number | number[] | string | { float: number };

export interface OnnxNode {
  op: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, Attribute>;
}

export interface OnnxInitializer {
  name: string;
  shape: readonly number[];
  type: ElementType;
  /** Row-major, little-endian. */
  raw: Uint8Array;
}

export interface OnnxValue {
  name: string;
  shape: readonly number[];
  type: ElementType;
}

export interface OnnxModel {
  name: string;
  nodes: readonly OnnxNode[];
  initializers: readonly OnnxInitializer[];
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  metadata: Record<string, string>;
}

export const IR_VERSION = 8;
export const OPERATOR_SET = 18;

const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

function attribute(name: string, value: Attribute): Uint8Array {
  const body = (): [Uint8Array, number] => {
    if (typeof value === 'number') return [int(3, value), ATTRIBUTE_INT];
    if (typeof value === 'string') return [text(4, value), ATTRIBUTE_STRING];
    if (Array.isArray(value)) return [ints(8, value), ATTRIBUTE_INTS];
    return [float(2, value.float), ATTRIBUTE_FLOAT];
  };
  const [content, type] = body();
  return message([text(1, name), content, int(20, type)]);
}

const node = (one: OnnxNode): Uint8Array =>
  message([
    ...one.inputs.map((name) => text(1, name)),
    ...one.outputs.map((name) => text(2, name)),
    text(3, one.outputs[0] ?? one.op),
    text(4, one.op),
    ...Object.entries(one.attributes).map(([name, value]) => bytes(5, attribute(name, value))),
  ]);

const initializer = (one: OnnxInitializer): Uint8Array =>
  message([ints(1, one.shape), int(2, ELEMENT_TYPE_NUMBER[one.type]), text(8, one.name), bytes(9, one.raw)]);

function valueInfo(value: OnnxValue): Uint8Array {
  const dimensions = value.shape.map((size) => bytes(1, int(1, size)));
  const tensorType = message([int(1, ELEMENT_TYPE_NUMBER[value.type]), bytes(2, message(dimensions))]);
  return message([text(1, value.name), bytes(2, bytes(1, tensorType))]);
}

/** What a file of ours says of who wrote it, right after the version of the format. */
const PRODUCER = 'Foresight';
const PRODUCER_FIELD = 2;

/** @param head first bytes of a file, as Latin-1 */
export const isOurModel = (head: string): boolean =>
  head.startsWith(latin1(message([int(1, IR_VERSION), text(PRODUCER_FIELD, PRODUCER)])));

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

export function encodeModel(model: OnnxModel): Uint8Array {
  const graph = message([
    ...model.nodes.map((one) => bytes(1, node(one))),
    text(2, model.name),
    ...model.initializers.map((one) => bytes(5, initializer(one))),
    ...model.inputs.map((one) => bytes(11, valueInfo(one))),
    ...model.outputs.map((one) => bytes(12, valueInfo(one))),
  ]);
  return message([
    int(1, IR_VERSION),
    text(PRODUCER_FIELD, PRODUCER),
    text(6, model.metadata.description ?? model.name),
    bytes(7, graph),
    bytes(8, message([text(1, ''), int(2, OPERATOR_SET)])),
    ...Object.entries(model.metadata).map(([key, value]) =>
      bytes(14, message([text(1, key), text(2, value)])),
    ),
  ]);
}
