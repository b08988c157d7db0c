import fc from 'fast-check';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { encodeModel, type OnnxModel } from '../../src/main/tensor/onnx/model';

const sample: OnnxModel = {
  name: 'sample',
  nodes: [
    {
      op: 'LeakyRelu',
      inputs: ['x', ''],
      outputs: ['y'],
      attributes: { alpha: { float: 0.25 }, axis: -1, pads: [0, -2, 300], mode: 'größer' },
    },
  ],
  initializers: [
    { name: 'w', shape: [2, 1], type: 'float32', raw: new Uint8Array(Float32Array.of(1, -2).buffer) },
  ],
  inputs: [{ name: 'x', shape: [1, 200], type: 'float32' }],
  outputs: [{ name: 'y', shape: [], type: 'int32' }],
  metadata: { unit: 'rad', description: 'what it is' },
};

const decode = (model: OnnxModel) => onnx.ModelProto.decode(encodeModel(model));

describe('an ONNX file as another reader of the format sees it', () => {
  it('has the operator set, the description and the metadata', () => {
    const model = decode(sample);
    expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([['', 18]]);
    expect([Number(model.irVersion), model.producerName, model.docString]).toEqual([
      8,
      'Foresight',
      'what it is',
    ]);
    expect(model.metadataProps).toMatchObject([
      { key: 'unit', value: 'rad' },
      { key: 'description', value: 'what it is' },
    ]);
  });

  it('has the nodes with attributes of every kind', () => {
    const node = decode(sample).graph?.node?.[0];
    expect(node).toMatchObject({ opType: 'LeakyRelu', input: ['x', ''], output: ['y'] });
    const byName = Object.fromEntries((node?.attribute ?? []).map((one) => [one.name, one]));
    expect(byName.alpha?.f).toBe(0.25);
    expect(Number(byName.axis?.i)).toBe(-1);
    expect(byName.pads?.ints?.map(Number)).toEqual([0, -2, 300]);
    expect(new TextDecoder().decode(byName.mode?.s ?? undefined)).toBe('größer');
  });

  it('has inputs, outputs and initialisers with their shapes', () => {
    const graph = decode(sample).graph;
    const dimensions = graph?.input?.[0]?.type?.tensorType?.shape?.dim?.map((dim) => Number(dim.dimValue));
    expect(dimensions).toEqual([1, 200]);
    expect(graph?.output?.[0]?.type?.tensorType?.elemType).toBe(onnx.TensorProto.DataType.INT32);
    const weights = graph?.initializer?.[0];
    expect(weights?.dims?.map(Number)).toEqual([2, 1]);
    expect(Array.from(new Float32Array((weights?.rawData ?? new Uint8Array()).slice().buffer))).toEqual([
      1, -2,
    ]);
  });

  it('carries any int64 attribute and any text unchanged', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), (number, text) => {
        const node = { op: 'Op', inputs: [text], outputs: ['y'], attributes: { number } };
        const decoded = decode({ ...sample, nodes: [node] }).graph?.node?.[0];
        expect(Number(decoded?.attribute?.[0]?.i)).toBe(number);
        expect(decoded?.input?.[0]).toBe(text);
      }),
    );
  });
});
