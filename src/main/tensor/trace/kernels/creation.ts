import {
  type DataType,
  type FillAttrs,
  type LinSpaceAttrs,
  type RangeAttrs,
  util,
} from '@tensorflow/tfjs-core';
import { type Emitter, emitter } from '../emitter';
import { elementType } from '../trace';

/** A tensor of one number everywhere: one number in the graph, broadcast where it is used. */
const filled = (value: number): Emitter =>
  emitter((t, { x }) => t.tensor(t.scalar(value, elementType(x.dtype)), x.shape));

export const creation: Record<string, Emitter> = {
  OnesLike: filled(1),
  ZerosLike: filled(0),
  Fill: emitter<FillAttrs>((t, _, { shape, value, dtype }) => {
    const type: DataType = dtype ?? util.inferDtype(value);
    return t.tensor(t.scalar(Number(value), elementType(type)), shape, type);
  }),
  Range: emitter<RangeAttrs>((t, _, { start, stop, step, dtype }) => {
    const count = Math.max(0, Math.ceil((stop - start) / step));
    const values = Array.from({ length: count }, (_, i) => start + i * step);
    return t.tensor(t.constant(values, [count], elementType(dtype ?? 'float32')), [count]);
  }),
  LinSpace: emitter<LinSpaceAttrs>((t, _, { start, stop, num }) => {
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    const values = Float32Array.from({ length: num }, (_, i) => start + i * step);
    return t.tensor(t.constant(values, [num], 'float32'), [num]);
  }),
};
