import { type Tensor, engine as tfjs } from '@tensorflow/tfjs-core';

/**
 * Runs `body` and lets go of what it kept. A program keeps a tensor to carry it out of an inner scope (the loss out of a
 * gradient's), and tfjs would hold it for ever.
 */
export function withoutKeeping<T>(body: () => T): T {
  const engine = tfjs();
  const kept: Tensor[] = [];
  const keep = engine.keep;
  engine.keep = function keepUntilTheEnd<K extends Tensor>(this: typeof engine, result: K): K {
    kept.push(result);
    return keep.call(this, result) as K;
  };
  try {
    return body();
  } finally {
    engine.keep = keep;
    for (const one of kept) one.dispose();
  }
}
