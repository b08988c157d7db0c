import type { OnnxNode } from '../../onnx/model';
import { intOf, isInteger, type Lowering, type Operator, UnsupportedOperator } from '../lowering';
import { rowMajor, sizeOf, sliced, type View } from '../view';

/** Up to so many known indices are copies of their places. */
const FEW = 64;

/** Along an axis: the axes before it, the index's own, the axes after it. */
function gather(lowering: Lowering, node: OnnxNode): void {
  const [x, index] = [lowering.view(node.inputs[0]), lowering.view(node.inputs[1])];
  const { shape, type } = lowering.info(node.outputs[0]);
  const axis = intOf(node.attributes.axis, 0);
  const limit = x.shape[axis] ?? 1;
  const known = lowering.numbers(node.inputs[1]);
  // Before a view of it could be one of what lies beside the table; ONNX counts negative ones from the end.
  if (known?.some((place) => place < 0 || place >= limit)) {
    throw new UnsupportedOperator('Gather of places that the axis does not have');
  }
  const result = lowering.temporary(shape, type);
  lowering.define(node.outputs[0], result);
  if (known && index.shape.length <= 1 && known.length <= FEW) {
    // What follows in the table as in the index is one copy.
    for (let i = 0, end = 0; i < known.length; i = end) {
      const first = known[i] ?? 0;
      for (end = i + 1; known[end] === first + end - i; end++);
      const from = sliced(x, axis, first, end - i);
      if (index.shape.length === 0) lowering.copy(lowering.reshaped(from, shape), result);
      else lowering.copy(from, sliced(result, axis, i, end - i));
    }
    return;
  }
  const [before, after] = [x.strides.slice(0, axis), x.strides.slice(axis + 1)];
  const still = (strides: readonly number[]) => strides.map(() => 0);
  lowering.instructions.push({
    ...{ kind: 'gather', dims: [...shape], limit },
    table: {
      buffer: x.buffer,
      offset: x.offset,
      strides: [...before, ...still(index.strides), ...after, x.strides[axis] ?? 0],
    },
    index: {
      buffer: index.buffer,
      offset: index.offset,
      strides: [...still(before), ...index.strides, ...still(after)],
    },
    items: { buffer: result.buffer, offset: 0, strides: [...result.strides] },
  });
}

/**
 * Indices of several axes as one over these axes flattened.
 * @param index [places…, axes]
 * @param sizes of the axes that are indexed
 */
function flatIndex(lowering: Lowering, index: View, sizes: readonly number[]): View {
  const places = index.shape.slice(0, -1);
  const last = index.shape.length - 1;
  const parts = sizes.map((_, i) => {
    const { shape: __, ...part } = sliced(index, last, i, 1);
    return { ...part, shape: places, strides: part.strides.slice(0, -1) };
  });
  if (parts.length === 1 && parts[0]) return parts[0];
  const strides = rowMajor(sizes);
  return lowering.map(places, 'int32', (b) =>
    parts
      .map((part, i) => b.do('IMUL', b.load(part), b.number(strides[i] ?? 1, 'int32')))
      .reduce((sum, one) => b.do('IADD', sum, one)),
  );
}

function gatherNd(lowering: Lowering, node: OnnxNode): void {
  const [x, index] = [lowering.view(node.inputs[0]), lowering.view(node.inputs[1])];
  const { shape, type } = lowering.info(node.outputs[0]);
  const batch = intOf(node.attributes.batch_dims, 0);
  const depth = index.shape.at(-1) ?? 1;
  const indexed = x.shape.slice(batch, batch + depth);
  const flat = flatIndex(lowering, index, indexed);
  const table = lowering.reshaped(x, [
    ...x.shape.slice(0, batch),
    sizeOf(indexed),
    ...x.shape.slice(batch + depth),
  ]);
  const result = lowering.temporary(shape, type);
  const rest = table.strides.slice(batch + 1);
  lowering.instructions.push({
    ...{ kind: 'gather', dims: [...shape], limit: sizeOf(indexed) },
    table: {
      buffer: table.buffer,
      offset: table.offset,
      strides: [
        ...table.strides.slice(0, batch),
        ...flat.shape.slice(batch).map(() => 0),
        ...rest,
        table.strides[batch] ?? 0,
      ],
    },
    index: {
      buffer: flat.buffer,
      offset: flat.offset,
      strides: [...flat.strides, ...rest.map(() => 0)],
    },
    items: { buffer: result.buffer, offset: 0, strides: [...result.strides] },
  });
  lowering.define(node.outputs[0], result);
}

/** Into a copy of the tensor; what the places hold is replaced or added to. */
function scatterNd(lowering: Lowering, node: OnnxNode): void {
  const [x, index, items] = node.inputs.map((name) => lowering.view(name)) as [View, View, View];
  const adds = node.attributes.reduction === 'add';
  if (adds && isInteger(x.type)) throw new UnsupportedOperator('ScatterND that adds integers');
  const depth = index.shape.at(-1) ?? 1;
  const indexed = x.shape.slice(0, depth);
  const whole = lowering.temporary(x.shape, x.type);
  lowering.copy(x, whole);
  const flat = flatIndex(lowering, index, indexed);
  const table = lowering.reshaped(whole, [sizeOf(indexed), ...x.shape.slice(depth)]);
  const rest = table.strides.slice(1);
  lowering.instructions.push({
    ...{ kind: adds ? 'scatter-add' : 'scatter', dims: [...items.shape], limit: sizeOf(indexed) },
    table: {
      buffer: table.buffer,
      offset: 0,
      strides: [...flat.shape.map(() => 0), ...rest, table.strides[0] ?? 0],
    },
    index: { buffer: flat.buffer, offset: flat.offset, strides: [...flat.strides, ...rest.map(() => 0)] },
    items: { buffer: items.buffer, offset: items.offset, strides: [...items.strides] },
  });
  lowering.define(node.outputs[0], whole);
}

export const INDEXING: Record<string, Operator> = {
  Gather: gather,
  GatherND: gatherNd,
  ScatterND: scatterNd,
};
