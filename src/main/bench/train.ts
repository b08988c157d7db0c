import { EnsembleOptions, type OptionsOf } from '../../shared/model-options';
import { Random } from '../../shared/random';
import { median } from '../../shared/statistics';
import { adamSchedule, optimiserState } from '../dynamics/adam';
import { UNROLL } from '../dynamics/fit';
import { inputCount, type ModelLayout, targetCount } from '../dynamics/layout';
import { compilePrograms, type State } from '../dynamics/train-programs';
import { gradientClass } from '../dynamics/train-step';
import { type Engine, measureMatmul, openEngine } from '../tensor';
import type { BenchReport, BenchResult } from './report';

export interface BenchTrainOptions {
  /** Rounds of matrix product and training calls, one after the other, so that all see the same machine. */
  rounds?: number;
}

const THREADS = 2;
const STEPS_PER_ROUND = 16;
const MEMBERS = 5;
const BATCH = 256;
/** Five inputs and, as mean and log variance of four observations, eight outputs: the cart-pole. */
const LAYOUT: ModelLayout = { angles: [false, false, false, false], actions: 1, history: 1, reward: false };

interface Case {
  name: string;
  network: Pick<OptionsOf<'ensemble'>, 'hiddenLayers' | 'hiddenUnits'>;
  unroll: number;
}
const BAR = { hiddenLayers: 4, hiddenUnits: 200 };
const DEFAULT = { hiddenLayers: 2, hiddenUnits: 128 };
const CASES: Case[] = [
  { name: 'training step, 4 × 200 SiLU, 1 step a call', network: BAR, unroll: 1 },
  { name: `training step, 4 × 200 SiLU, ${UNROLL} steps a call`, network: BAR, unroll: UNROLL },
  { name: `training step, 2 × 128 SiLU, ${UNROLL} steps a call`, network: DEFAULT, unroll: UNROLL },
];

/**
 * Rate of the real training program: forward pass, gradient and Adam of all members, on batches of random numbers.
 * One multiply-add counts as two operations, the backward pass as two forward passes, everything but the matrix
 * products as nothing.
 */
export async function benchTrain({ rounds = 5 }: BenchTrainOptions = {}): Promise<BenchReport> {
  const engine = await openEngine('onnxruntime');
  const benches = await Promise.all(CASES.map((one) => trainBench(engine, one)));
  const matmul: number[] = [];
  try {
    for (const bench of benches) await bench.run(1);
    for (const bench of benches) bench.forget();
    for (let round = 0; round < rounds; round++) {
      for (const bench of benches) {
        matmul.push(...(await measureMatmul({ threads: THREADS })).gflopsSamples);
        await bench.run(STEPS_PER_ROUND);
      }
    }
  } finally {
    await Promise.all(benches.map((bench) => bench.dispose()));
  }
  const matmulGflops = median(matmul);
  return { matmulGflops, results: benches.map((bench) => bench.result(matmulGflops)) };
}

async function trainBench(engine: Engine, { name, network, unroll }: Case) {
  const random = new Random(0);
  const options = EnsembleOptions.parse({ name: 'ensemble', members: MEMBERS, ...network });
  const weights = gradientClass(options).initialWeights(LAYOUT, options, random);
  const ones = (size: number) => new Float32Array(size).fill(1);
  const [inputSize, targetSize] = [inputCount(LAYOUT), targetCount(LAYOUT)];
  const programs = await compilePrograms(engine, {
    weights,
    shape: {
      ...{ layout: LAYOUT, class: options, loss: { name: 'one-step' }, rows: BATCH, batch: BATCH, unroll },
      stage: { steps: 1, share: 1, title: '' },
      weightDecay: 3e-5,
      normaliser: {
        inputMean: new Float32Array(inputSize),
        inputStd: ones(inputSize),
        targetMean: new Float32Array(targetSize),
        targetStd: ones(targetSize),
      },
    },
    threads: THREADS,
    holdOut: undefined,
  });
  const rows = unroll * MEMBERS * BATCH;
  const inputs = random.fillNormal(new Float32Array(rows * inputSize));
  const targets = random.fillNormal(new Float32Array(rows * targetSize));
  let state: State = Object.fromEntries(
    [...weights, ...optimiserState(weights)].map(([key, { values }]) => [key, values]),
  );
  let step = 1;
  let ms: number[] = [];
  return {
    /** At least `steps` optimisation steps, each call timed. */
    async run(steps: number): Promise<void> {
      for (let done = 0; done < steps; done += unroll) {
        const began = performance.now();
        const outputs = await programs.step({
          ...{ ...state, inputs, targets },
          schedule: adamSchedule(1e-3, step, unroll),
        });
        ms.push((performance.now() - began) / unroll);
        state = outputs.state;
        step += unroll;
      }
    },
    /** Calls so far were for warming up. */
    forget(): void {
      ms = [];
    },
    result(matmulGflops: number): BenchResult {
      const gflops = stepGflop(network) / (median(ms) / 1000);
      return {
        name: `${name}, ${MEMBERS} members × ${BATCH}`,
        ms: median(ms),
        gflops,
        share: gflops / matmulGflops,
      };
    },
    dispose: () => programs.dispose(),
  };
}

/** 10⁹ operations of the matrix products of one step of all members. */
function stepGflop({ hiddenLayers, hiddenUnits }: Case['network']): number {
  const outputs = 2 * targetCount(LAYOUT);
  const multiplyAdds =
    inputCount(LAYOUT) * hiddenUnits + (hiddenLayers - 1) * hiddenUnits ** 2 + hiddenUnits * outputs;
  return (3 * 2 * MEMBERS * BATCH * multiplyAdds) / 1e9;
}
