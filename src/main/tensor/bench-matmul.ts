import { createSession } from './engines/onnxruntime';
import { encodeModel } from './onnx/model';

/** Edge of the square matrices: large enough to be the practical ceiling, small enough to stay in the cache. */
const EDGE = 1024;
/** Products chained in one call, so that copying the result out of the call weighs little. */
const CHAIN = 4;
const SAMPLES = 9;

export interface MatmulRate {
  /** Median of the samples, in 10⁹ floating-point operations a second (one multiply-add counts as two). */
  gflops: number;
  gflopsSamples: number[];
}

/** A chain of products of square float32 matrices: ((a·b)·b)·b … */
function chainModel(): Uint8Array {
  const shape = [EDGE, EDGE];
  const nodes = Array.from({ length: CHAIN }, (_, i) => ({
    op: 'MatMul',
    inputs: [i === 0 ? 'a' : `product_${i - 1}`, 'b'],
    outputs: [i === CHAIN - 1 ? 'product' : `product_${i}`],
    attributes: {},
  }));
  return encodeModel({
    name: 'matmul rate',
    nodes,
    initializers: [],
    inputs: ['a', 'b'].map((name) => ({ name, shape, type: 'float32' })),
    outputs: [{ name: 'product', shape, type: 'float32' }],
    metadata: {},
  });
}

/**
 * Rate of square float32 matrix products through ONNX Runtime on this machine: what the benches divide by.
 * @param threads threads inside one call
 */
export async function measureMatmul({ threads }: { threads: number }): Promise<MatmulRate> {
  const session = await createSession(chainModel(), { name: 'matmul rate', threads });
  const a = Float32Array.from({ length: EDGE * EDGE }, (_, i) => (i % 7) / 7 - 0.5);
  const b = Float32Array.from({ length: EDGE * EDGE }, (_, i) => ((i % 11) / 11 - 0.5) / 16);
  const gflopsSamples: number[] = [];
  try {
    await session.run({ a, b });
    for (let i = 0; i < SAMPLES; i++) {
      const start = performance.now();
      await session.run({ a, b });
      const seconds = (performance.now() - start) / 1000;
      gflopsSamples.push((2 * EDGE ** 3 * CHAIN) / seconds / 1e9);
    }
  } finally {
    await session.dispose();
  }
  const sorted = [...gflopsSamples].sort((x, y) => x - y);
  return { gflops: sorted[Math.floor(SAMPLES / 2)] ?? 0, gflopsSamples };
}
