import { addN, pad, reshape, reverse, slice, type Tensor } from '@tensorflow/tfjs-core';

const onAxis = (rank: number, axis: number, amounts: [number, number]): [number, number][] =>
  Array.from({ length: rank }, (_, i): [number, number] => (i === axis ? amounts : [0, 0]));

/** Part of an axis. */
export function cut(x: Tensor, axis: number, from: number, size: number): Tensor {
  const begin = x.shape.map((_, i) => (i === axis ? from : 0));
  return slice(
    x,
    begin,
    x.shape.map((all, i) => (i === axis ? size : all)),
  );
}

/** Zeros before and behind an axis. */
export const framed = (x: Tensor, axis: number, before: number, after: number): Tensor =>
  before === 0 && after === 0 ? x : pad(x, onAxis(x.rank, axis, [before, after]));

/** An axis with `step` − 1 zeros between any two neighbours: n becomes (n − 1) · step + 1. */
export function spreadOut(x: Tensor, axis: number, step: number): Tensor {
  const size = x.shape[axis] ?? 1;
  if (step === 1 || size < 2) return x;
  const [outer, inner] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const apart = framed(reshape(x, [...outer, size, 1, ...inner]), axis + 1, 0, step - 1);
  return cut(reshape(apart, [...outer, size * step, ...inner]), axis, 0, (size - 1) * step + 1);
}

/** Everything moved along an axis by `by` places, backwards if negative; zeros, or ones, move in. */
export function shifted(x: Tensor, axis: number, by: number, fill = 0): Tensor {
  const size = x.shape[axis] ?? 1;
  const distance = Math.min(Math.abs(by), size);
  const kept = cut(x, axis, by > 0 ? 0 : distance, size - distance);
  return pad(kept, onAxis(x.rank, axis, by > 0 ? [distance, 0] : [0, distance]), fill);
}

/** What was mirrored goes back to where it came from, in reverse order. */
export function unmirrored(dy: Tensor, axis: number, size: number, before: number, repeat: 0 | 1): Tensor {
  const after = (dy.shape[axis] ?? 0) - before - size;
  const skipped = 1 - repeat;
  const place = (part: Tensor, from: number, count: number) =>
    framed(reverse(part, axis), axis, from, size - from - count);
  const parts = [cut(dy, axis, before, size)];
  if (before > 0) parts.push(place(cut(dy, axis, 0, before), skipped, before));
  if (after > 0) parts.push(place(cut(dy, axis, before + size, after), size - skipped - after, after));
  return addN(parts);
}
