import { matMul, type Tensor } from '@tensorflow/tfjs-core';
import { TrainOptions } from '../../../shared/model';
import type { EngineName } from '../../../shared/model-options';
import { Random } from '../../../shared/random';
import { pickRows } from '../../dynamics/data/training-data';
import { readModel } from '../../dynamics/model-file';
import { crewOfThreads } from '../../dynamics/training/crew';
import type { DynamicsModel, NamedArray } from '../../dynamics/types';
import { modelSource } from '../../plan/rollout/rollouts';
import { type Engine, openEngine } from '../../tensor';
import { cartPoleBasis, gflopOfPlan, multiplyAddsOf, type PlanBasis } from '../plan-model';
import { BENCH_ROWS, type BenchTraining, randomData, trainingMs } from '../train';
import { stepGflop, TrainingSteps } from '../training-steps';
import { type OpenRow, type Problem, timed } from './contender';
import { ourLatent } from './our-latent';
import { openOurPlan } from './our-plan';
import { ourImagined, ourSac } from './our-policy';
import { modelArrays, type OurRow } from './our-row';
import type { PlanRow, Product, RolloutsRow, Row, TrainingRow } from './rows';

/** @param folder for model files */
export async function ourRow(row: Row, engineName: EngineName, folder: string): Promise<OurRow> {
  const engine = await openEngine(engineName);
  if (row.kind === 'training') return ourTraining(row, engine);
  if (row.kind === 'latent') return ourLatent(row, engine);
  if (row.kind === 'sac') return ourSac(row, engine);
  const basis = await cartPoleBasis(folder, { class: networkOptions(row) });
  const model = await readModel(basis.modelFile);
  if (row.kind === 'imagined') return ourImagined(row, engine, basis, model);
  return row.kind === 'rollouts'
    ? ourRollouts(row, engine, basis, model)
    : ourPlan(row, engine, basis, model);
}

const networkOptions = ({ network }: Pick<TrainingRow, 'network'>) => ({
  ...{ name: 'ensemble' as const, ...network },
  elites: network.members,
});

/** Calls of the training program whose losses are compared; the steps of each begin where those before ended. */
const COMPARED_CALLS = 3;

async function ourTraining({ network, batch }: TrainingRow, engine: Engine): Promise<OurRow> {
  const options = TrainOptions.parse({ class: { name: 'ensemble', ...network }, batchSize: batch });
  const sizes = { network, members: network.members, batch, unroll: 8 };
  const steps = await TrainingSteps.compile(engine, sizes, 1);
  const { weights, batches } = steps;
  const nll: number[] = [];
  for (let call = 0; call < COMPARED_CALLS; call++) nll.push(...(await steps.call()));
  await steps.dispose();
  const data = randomData(BENCH_ROWS);
  const { rows, inputs, targets } = pickRows(data, data.split.train);
  const matrix = (values: Float32Array): NamedArray => ({ shape: [rows, values.length / rows], values });
  return {
    problem: {
      spec: {
        ...{ kind: 'training', batch, unroll: sizes.unroll, calls: COMPARED_CALLS },
        ...{ learningRate: options.learningRate, weightDecay: options.weightDecay },
      },
      arrays: new Map([
        ...[...weights, ...batches],
        ...[['data/inputs', matrix(inputs)] as const, ['data/targets', matrix(targets)] as const],
      ]),
    },
    expected: { nll },
    gflop: stepGflop(sizes),
    open: async (threads) => {
      const crew = crewOfThreads(engine, threads, 1);
      const training: BenchTraining = { network, epochs: 2, engine: engine.name };
      return {
        // A turn is one training: it begins with compiling, which does not count, and has many steps.
        go: async () => [await trainingMs(training, data, crew)],
        close: () => crew.close(),
      };
    },
  };
}

async function ourRollouts(
  row: RolloutsRow,
  engine: Engine,
  basis: PlanBasis,
  model: DynamicsModel,
): Promise<OurRow> {
  const { candidates, horizon, particles } = row;
  const choice = {
    ...{ candidates, horizon, particles, members: 'fixed' as const },
    ...{ noise: false, learnedReward: false, variance: false, limits: false, trajectories: false },
  };
  const random = new Random(1);
  const start = Float32Array.of(0.1, -0.2, 0.03, 0.1);
  const actions = random.fillUniform(new Float32Array(candidates * horizon)).map((share) => 2 * share - 1);
  const compile = (threads: number) => modelSource({ engine, model, threads }).compile(basis.task, choice);
  const alone = await compile(1);
  const { returns } = await alone.evaluate(start, actions, random);
  const expected = { returns: returns.map((one) => one + alone.baseline) };
  await alone.dispose();
  return {
    problem: {
      spec: { kind: 'rollouts', particles },
      arrays: new Map([
        ...modelArrays(model),
        ['start', { shape: [start.length], values: start }],
        ['candidates', { shape: [candidates, horizon], values: actions }],
      ]),
    },
    expected,
    gflop: (2 * (multiplyAddsOf(model) ?? 0) * candidates * particles * horizon) / 1e9,
    open: async (threads) => {
      const rollout = await compile(threads);
      return {
        go: (turn) => timed(() => rollout.evaluate(start, actions, random), turn),
        close: () => rollout.dispose(),
      };
    },
  };
}

async function ourPlan(
  row: PlanRow,
  engine: Engine,
  basis: PlanBasis,
  model: DynamicsModel,
): Promise<OurRow> {
  const plan = await openOurPlan(row, engine, basis, model);
  return {
    problem: {
      spec: plan.spec,
      arrays: new Map([...modelArrays(model), ...plan.arrays]),
    },
    expected: plan.expected,
    gflop: gflopOfPlan(basis, row.planner, row.particles),
    open: plan.open,
  };
}

/** Small enough that a chain of products neither grows nor vanishes. */
export function productProblem({ stack, rows, width, chain }: Product): Problem {
  const random = new Random(0);
  const normals = (size: number, deviation: number) =>
    random.fillNormal(new Float32Array(size)).map((normal) => normal * deviation);
  const shape = (height: number) => (stack === 1 ? [height, width] : [stack, height, width]);
  return {
    spec: { kind: 'product', chain },
    arrays: new Map([
      ['a', { shape: shape(rows), values: normals(stack * rows * width, 1) }],
      ['b', { shape: shape(width), values: normals(stack * width * width, 1 / Math.sqrt(width)) }],
    ]),
  };
}

export async function ourProduct(
  { spec, arrays }: Problem,
  engineName: EngineName,
  threads: number,
): Promise<OpenRow> {
  const engine = await openEngine(engineName);
  const chain = spec.chain as number;
  const specs = [...arrays].map(([name, { shape }]) => ({ name, shape }));
  const compiled = await engine.compile(
    (given) => {
      let product = given.a as Tensor;
      for (let i = 0; i < chain; i++) product = matMul(product, given.b as Tensor);
      return { product };
    },
    specs,
    { name: 'matrix product', threads },
  );
  const feeds = Object.fromEntries([...arrays].map(([name, { values }]) => [name, values]));
  return {
    go: (turn) => timed(() => compiled.run(feeds), turn),
    close: () => compiled.dispose(),
  };
}
