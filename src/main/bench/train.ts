import {
  DEFAULT_ENGINE,
  type EngineName,
  EnsembleOptions,
  type OptionsOf,
  TrainOptions,
} from '../../shared/model-options';
import { Random } from '../../shared/random';
import { median } from '../../shared/statistics';
import { sharedFloats, sharedIntegers } from '../dynamics/data/shared-arrays';
import type { TrainingData } from '../dynamics/data/training-data';
import { inputCount, type ModelLayout, targetCount } from '../dynamics/layout';
import { type Crew, crewOfThreads } from '../dynamics/training/crew';
import { fitByGradient } from '../dynamics/training/fit';
import { progressReporter } from '../dynamics/training/reporter';
import { UNROLL } from '../dynamics/training/train-programs';
import { measureMatmul, openEngine } from '../tensor';
import { cartPoleNormaliser } from './plan-model';
import type { BenchReport, BenchResult } from './report';

export interface BenchTrainOptions {
  /** Rounds of matrix product and training, one after the other, so that all see the same machine. */
  rounds?: number;
}

const THREADS = 2;
const MEMBERS = 5;
const BATCH = 256;
/** Optimisation steps of a pass over the data. */
const STEPS = 8 * UNROLL;
/** Transitions that are trained on: a pass over them has so many steps. */
export const BENCH_ROWS = STEPS * BATCH;
/** Five inputs and, as mean and log variance of four observations, eight outputs: the cart-pole. */
const LAYOUT: ModelLayout = { angles: [false, false, false, false], actions: 1, history: 1, reward: false };

/** What is trained. */
export interface BenchTraining {
  network: Pick<OptionsOf<'ensemble'>, 'hiddenLayers' | 'hiddenUnits'>;
  /** Passes in one round. */
  epochs: number;
  engine?: EngineName;
}
interface Case extends BenchTraining {
  name: string;
}
const CASES: Case[] = [
  { name: 'training step, 4 × 200 SiLU', network: { hiddenLayers: 4, hiddenUnits: 200 }, epochs: 2 },
  { name: 'training step, 2 × 128 SiLU', network: { hiddenLayers: 2, hiddenUnits: 128 }, epochs: 8 },
];

/**
 * Rate of training as trainings run it, on two threads: drawing batches, forward pass, gradient and Adam of all members,
 * and all that passes between the threads; compiling is not in it. One multiply-add counts as two operations, the backward
 * pass as two forward passes, everything but the matrix products as nothing.
 */
export async function benchTrain({ rounds = 5 }: BenchTrainOptions = {}): Promise<BenchReport> {
  const data = randomData(BENCH_ROWS);
  const crew = crewOfThreads(await openEngine(), THREADS, 1);
  const matmul: number[] = [];
  const ms = CASES.map((): number[] => []);
  try {
    for (const one of CASES) await trainingMs(one, data, crew);
    for (let round = 0; round < rounds; round++) {
      for (const [i, one] of CASES.entries()) {
        matmul.push(...(await measureMatmul({ threads: THREADS })).gflopsSamples);
        ms[i]?.push(await trainingMs(one, data, crew));
      }
    }
  } finally {
    await crew.close();
  }
  const matmulGflops = median(matmul);
  return { matmulGflops, results: CASES.map((one, i) => resultOf(one, median(ms[i] ?? []), matmulGflops)) };
}

/** Milliseconds of one optimisation step of all members, over a short training. */
export async function trainingMs(
  { network, epochs, engine = DEFAULT_ENGINE }: BenchTraining,
  data: TrainingData,
  crew: Crew,
): Promise<number> {
  const options = TrainOptions.parse({
    class: EnsembleOptions.parse({ name: 'ensemble', members: MEMBERS, ...network }),
    ...{ batchSize: BATCH, holdOut: 0, epochs, patience: epochs, engine },
  });
  let began = 0;
  const report = progressReporter({ epochs, before: 0, prefix: () => '' });
  // Compiling is over when the crew has opened its stage.
  const timed: Crew = {
    ...crew,
    async open(setup) {
      await crew.open(setup);
      began = performance.now();
    },
  };
  await fitByGradient({ data, options, crew: timed, random: new Random(0), report });
  return (performance.now() - began) / (epochs * STEPS);
}

function resultOf({ name, network }: Case, ms: number, matmulGflops: number): BenchResult {
  const gflops = stepGflop(network) / (ms / 1000);
  return { name: `${name}, ${MEMBERS} members × ${BATCH}`, ms, gflops, share: gflops / matmulGflops };
}

/** Transitions of random numbers that are standard normal once normalised, of channels that are as different as a rig's. */
export function randomData(rows: number): TrainingData {
  const random = new Random(0);
  const normaliser = cartPoleNormaliser();
  const { inputMean, inputStd, targetMean, targetStd } = normaliser;
  const observations = LAYOUT.angles.length;
  const normals = (mean: Float32Array, std: Float32Array) => {
    const values = random.fillNormal(sharedFloats(rows * mean.length));
    for (let i = 0; i < values.length; i++) {
      values[i] = mean[i % mean.length] + std[i % mean.length] * values[i];
    }
    return values;
  };
  return {
    ...{ layout: LAYOUT, recorded: rows, notes: [], normaliser },
    transitions: {
      ...{ count: rows, irregular: 0, inputNames: [], inputChannels: [], targetNames: [] },
      rows: {
        layout: LAYOUT,
        ...{ origin: new Float64Array(observations), actionOrigin: new Float64Array(LAYOUT.actions) },
        observations: normals(inputMean.subarray(0, observations), inputStd.subarray(0, observations)),
        actions: normals(inputMean.subarray(observations), inputStd.subarray(observations)),
        targets: normals(targetMean, targetStd),
      },
      ...{ steps: null, added: null, following: sharedIntegers(rows).fill(-1) },
    },
    split: { train: Int32Array.from({ length: rows }, (_, row) => row), holdOut: new Int32Array() },
  };
}

/** 10⁹ operations of the matrix products of one step of all members. */
function stepGflop({ hiddenLayers, hiddenUnits }: Case['network']): number {
  const outputs = 2 * targetCount(LAYOUT);
  const multiplyAdds =
    inputCount(LAYOUT) * hiddenUnits + (hiddenLayers - 1) * hiddenUnits ** 2 + hiddenUnits * outputs;
  return (3 * 2 * MEMBERS * BATCH * multiplyAdds) / 1e9;
}
