import { matMul, type Tensor2D } from '@tensorflow/tfjs-core';
import type { EngineName } from '../../shared/model-options';
import { median } from '../../shared/statistics';
import { trainThreads } from '../dynamics/threads';
import { UNROLL } from '../dynamics/training/train-programs';
import { type Engine, openEngine, type TensorProgram } from '../tensor';
import { type StepSizes, stepGflop, TrainingSteps } from './training-steps';

/** The networks that every engine is timed on: a quick one, and the one of the papers and of the project's bars. */
export const NETWORKS = [
  { name: '2 × 64', hiddenLayers: 2, hiddenUnits: 64 },
  { name: '4 × 200', hiddenLayers: 4, hiddenUnits: 200 },
] as const;
export type BenchNetwork = (typeof NETWORKS)[number];
export const MEMBERS = 5;
export const BATCH = 256;

/** A step that takes longer is not unrolled, is measured once, and not in every round. */
const SLOW_STEP_MS = 1000;
/** A step that would take longer is measured on a smaller batch. */
const VERY_SLOW_STEP_MS = 20_000;
const SMALL_BATCH = 32;

/** Times of one kind of call on one engine. */
export interface Timing {
  /** [samples] */
  ms: number[];
  /** Did the first call already take so long that it is the only sample? */
  slow: boolean;
}

/**
 * Calls again and again for about `budgetMs`. The first call warms up and does not count, unless it alone
 * takes longer than that and is slow.
 */
export async function timeCalls(call: () => Promise<unknown>, budgetMs: number): Promise<Timing> {
  const timed = async () => {
    const began = performance.now();
    await call();
    return performance.now() - began;
  };
  const first = await timed();
  if (first > Math.max(budgetMs, SLOW_STEP_MS)) return { ms: [first], slow: true };
  const ms: number[] = [];
  const until = performance.now() + budgetMs;
  do ms.push(await timed());
  while (performance.now() < until);
  return { ms, slow: false };
}

/** Square float32 products, a · b · b …, as a program for any engine. */
export async function matmulCalls(engine: Engine) {
  // Small enough that the slowest engine answers within seconds.
  const { edge, chain } = engine.eager ? { edge: 512, chain: 1 } : { edge: 1024, chain: 4 };
  const program: TensorProgram = ({ a, b }) => {
    let product = a as Tensor2D;
    for (let i = 0; i < chain; i++) product = matMul(product, b as Tensor2D);
    return { product };
  };
  const specs = ['a', 'b'].map((name) => ({ name, shape: [edge, edge] }));
  const compiled = await engine.compile(program, specs, { name: 'matmul rate', threads: trainThreads() });
  const a = Float32Array.from({ length: edge * edge }, (_, i) => (i % 7) / 7 - 0.5);
  const b = Float32Array.from({ length: edge * edge }, (_, i) => ((i % 11) / 11 - 0.5) / 16);
  return {
    gflop: (2 * edge ** 3 * chain) / 1e9,
    call: () => compiled.run({ a, b }),
    dispose: () => compiled.dispose(),
  };
}

/** Rate of the training step of one network on one engine. */
export interface StepRate {
  network: string;
  /** Median of one optimisation step of all members on a batch of 256. */
  msPerStep: number;
  gflops: number;
  /** Optimisation steps in one call. */
  unroll: number;
  compileMs: number;
  calls: number;
  /** What was done differently because the engine is slow; empty otherwise. */
  remark: string;
  /** The operator that this engine lacks, where ONNX Runtime was what computed in its place; empty otherwise. */
  missing: string;
}

/**
 * Times the real training program on an engine, for instance the eager "wasm" with its batched matrix products beside
 * the compiled one.
 * @param gflops what to expect, so that a slow engine is asked for less
 */
export async function measureTrainingStep(
  engine: Engine,
  network: BenchNetwork,
  { budgetMs, gflops }: { budgetMs: number; gflops: number },
): Promise<StepRate> {
  const full: StepSizes = { network, members: MEMBERS, batch: BATCH, unroll: 1 };
  const expectedMs = (1000 * stepGflop(full)) / gflops;
  const sizes: StepSizes = {
    ...full,
    batch: expectedMs > VERY_SLOW_STEP_MS ? SMALL_BATCH : BATCH,
    unroll: engine.eager || expectedMs > SLOW_STEP_MS ? 1 : UNROLL,
  };
  const steps = await TrainingSteps.compile(engine, sizes, trainThreads());
  try {
    const { ms, slow } = await timeCalls(() => steps.call(), budgetMs);
    const msPerStep = ((median(ms) / sizes.unroll) * BATCH) / sizes.batch;
    return {
      network: network.name,
      msPerStep,
      gflops: stepGflop(full) / (msPerStep / 1000),
      unroll: sizes.unroll,
      compileMs: steps.compileMs,
      calls: ms.length,
      remark: [
        ...(slow ? ['one step, without warming up'] : []),
        ...(sizes.batch === BATCH ? [] : [`from a batch of ${sizes.batch}, scaled to ${BATCH}`]),
      ].join(', '),
      missing: steps.missing,
    };
  } finally {
    await steps.dispose();
  }
}

/** What an engine does in one round. */
export interface EngineRound {
  matmulGflops: number;
  steps: StepRate[];
}

/** Measures one engine in this process, matrix product first. `onPhase` says what is being done. */
export async function measureEngine(
  name: EngineName,
  budgetMs: number,
  onPhase: (phase: string) => void,
): Promise<EngineRound> {
  onPhase('starting');
  const engine = await openEngine(name);
  onPhase('matrix product');
  const matmul = await matmulCalls(engine);
  const { ms } = await timeCalls(matmul.call, budgetMs).finally(() => matmul.dispose());
  const matmulGflops = matmul.gflop / (median(ms) / 1000);
  const steps: StepRate[] = [];
  let gflops = matmulGflops;
  for (const network of NETWORKS) {
    onPhase(`training step, ${network.name}`);
    const rate = await measureTrainingStep(engine, network, { budgetMs, gflops });
    // Small networks are slower than their matrix products say, and so is the next one then.
    gflops = Math.min(gflops, rate.gflops);
    steps.push(rate);
  }
  return { matmulGflops, steps };
}
