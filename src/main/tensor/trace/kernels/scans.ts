import { type CumprodAttrs, type CumsumAttrs, util } from '@tensorflow/tfjs-core';
import { type Emitter, emitter } from '../emitter';
import type { Ref } from '../graph';
import type { Trace } from '../trace';

/** Everything moved along an axis by `by` places, backwards if negative; ones move in where nothing came from. */
function shifted(t: Trace, x: Ref, axis: number, by: number): Ref {
  const amounts = [by, -by].flatMap((amount) => x.shape.map((_, i) => (i === axis ? amount : 0)));
  return t.node('Pad', [x, t.int64(amounts), t.scalar(1, x.type)], x.shape, x.type);
}

export const scans: Record<string, Emitter> = {
  Cumsum: emitter<CumsumAttrs>((t, { x }, { axis, exclusive, reverse }) => {
    const flags = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
    const [at = 0] = util.parseAxisParam(axis, x.shape);
    const ref = t.node('CumSum', [t.full(x), t.constant([at], [], 'int64')], x.shape, t.of(x).type, flags);
    return t.tensor(ref, x.shape);
  }),
  /**
   * ONNX has no cumulative product before operator set 26. Each round multiplies by what lies twice as far back, so
   * that log₂(length) rounds do (Hillis and Steele 1986, "Data parallel algorithms").
   */
  Cumprod: emitter<CumprodAttrs>((t, { x }, { axis, exclusive, reverse }) => {
    const [at = 0] = util.parseAxisParam(axis, x.shape);
    const direction = reverse ? -1 : 1;
    let product = exclusive ? shifted(t, t.full(x), at, direction) : t.full(x);
    for (let reach = 1; reach < (x.shape[at] ?? 1); reach *= 2) {
      product = t.map('Mul', [product, shifted(t, product, at, direction * reach)]);
    }
    return t.tensor(product, x.shape);
  }),
};
