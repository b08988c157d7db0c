import type { OnnxNode } from '../../onnx/model';
import { intOf, type Lowering, type Operator } from '../lowering';
import { rowMajor, sizeOf, sliced, transposed, type View } from '../view';

const asView =
  (read: (lowering: Lowering, node: OnnxNode, x: View) => View): Operator =>
  (lowering, node) =>
    lowering.define(node.outputs[0], read(lowering, node, lowering.view(node.inputs[0])));

/** Begin, end, axes and steps are inputs; ends beyond the axis mean its end, very small ones "before the first". */
function slice(lowering: Lowering, node: OnnxNode, x: View): View {
  const [begins, ends] = [lowering.fixed(node, 1), lowering.fixed(node, 2)];
  const axes = node.inputs[3] ? lowering.fixed(node, 3) : begins.map((_, i) => i);
  const steps = node.inputs[4] ? lowering.fixed(node, 4) : begins.map(() => 1);
  return axes.reduce((view, axis, i) => {
    const [size, step] = [view.shape[axis] ?? 1, steps[i] ?? 1];
    const within = (place: number, low: number, high: number) =>
      Math.min(high, Math.max(low, place < 0 ? place + size : place));
    const begin = step > 0 ? within(begins[i] ?? 0, 0, size) : within(begins[i] ?? 0, 0, size - 1);
    const end = step > 0 ? within(ends[i] ?? size, 0, size) : within(ends[i] ?? 0, -1, size - 1);
    return sliced(view, axis, begin, Math.max(0, Math.ceil((end - begin) / step)), step);
  }, x);
}

function split(lowering: Lowering, node: OnnxNode): void {
  const x = lowering.view(node.inputs[0]);
  const axis = intOf(node.attributes.axis, 0);
  let begin = 0;
  lowering.fixed(node, 1).forEach((size, i) => {
    lowering.define(node.outputs[i], sliced(x, axis, begin, size));
    begin += size;
  });
}

/** Where the parts of a concatenation lie; whoever makes a part may later write it there itself. */
function concat(lowering: Lowering, node: OnnxNode): void {
  const { shape, type } = lowering.info(node.outputs[0]);
  const whole = lowering.temporary(shape, type);
  const axis = intOf(node.attributes.axis, 0);
  const at = axis < 0 ? axis + shape.length : axis;
  let begin = 0;
  for (const name of node.inputs) {
    const part = lowering.view(name);
    const size = part.shape[at] ?? 1;
    if (sizeOf(part.shape) > 0) lowering.copy(part, sliced(whole, at, begin, size));
    begin += size;
  }
  lowering.define(node.outputs[0], whole);
}

/** The inside is copied; around it lie boxes of the constant, axis by axis, that do not overlap. */
function pad(lowering: Lowering, node: OnnxNode): void {
  const x = lowering.view(node.inputs[0]);
  const { shape, type } = lowering.info(node.outputs[0]);
  const amounts = lowering.fixed(node, 1);
  const rank = shape.length;
  const whole = lowering.temporary(shape, type);
  const value = node.inputs[2] ? lowering.view(node.inputs[2]) : lowering.constant([0], [], type);
  let [box, inside] = [whole, x];
  shape.forEach((_, axis) => {
    const [before, after] = [amounts[axis] ?? 0, amounts[axis + rank] ?? 0];
    // A negative amount cuts off.
    const cut = Math.max(0, -before);
    inside = sliced(inside, axis, cut, Math.max(0, (x.shape[axis] ?? 1) - cut - Math.max(0, -after)));
    const fill = (begin: number, size: number) => {
      const part = sliced(box, axis, begin, size);
      if (sizeOf(part.shape) > 0) lowering.copy({ ...value, type }, part);
    };
    const kept = inside.shape[axis] ?? 0;
    fill(0, Math.max(0, before));
    fill(Math.max(0, before) + kept, Math.max(0, after));
    box = sliced(box, axis, Math.max(0, before), kept);
  });
  if (sizeOf(box.shape) > 0) lowering.copy(inside, box);
  lowering.define(node.outputs[0], whole);
}

/** Repeats are axes of stride 0, which the copy writes out. */
function tile(lowering: Lowering, node: OnnxNode, x: View): View {
  const repeats = lowering.fixed(node, 1);
  const shape = x.shape.flatMap((size, axis) => [repeats[axis] ?? 1, size]);
  const strides = x.strides.flatMap((stride) => [0, stride]);
  return lowering.reshaped({ ...x, shape, strides }, lowering.info(node.outputs[0]).shape);
}

function expand(lowering: Lowering, node: OnnxNode, x: View): View {
  const { shape } = lowering.info(node.outputs[0]);
  const missing = shape.length - x.shape.length;
  const strides = shape.map((_, axis) =>
    (x.shape[axis - missing] ?? 1) === 1 ? 0 : x.strides[axis - missing],
  );
  return { ...x, shape, strides };
}

export const SHAPE: Record<string, Operator> = {
  Identity: asView((_, __, x) => x),
  Reshape: asView((lowering, node, x) => lowering.reshaped(x, lowering.info(node.outputs[0]).shape)),
  Transpose: asView((_, node, x) => {
    const { perm } = node.attributes;
    return transposed(
      x,
      Array.isArray(perm)
        ? perm
        : rowMajor(x.shape)
            .map((__, i) => i)
            .reverse(),
    );
  }),
  Expand: asView(expand),
  Slice: asView(slice),
  Tile: asView(tile),
  Split: split,
  Concat: concat,
  Pad: pad,
};
