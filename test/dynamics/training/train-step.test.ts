import { onnx as onnxProto } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import type { TrainingData } from '../../../src/main/dynamics/data/training-data';
import type { ModelLayout } from '../../../src/main/dynamics/layout';
import { lossMethod } from '../../../src/main/dynamics/losses';
import { adamSchedule } from '../../../src/main/dynamics/training/adam';
import { BatchSampler, bootstrap } from '../../../src/main/dynamics/training/batches';
import { packArrays, smallParts, unpackArrays } from '../../../src/main/dynamics/training/packing';
import { afterPass, patient } from '../../../src/main/dynamics/training/patience';
import { gradientClass, initialState, trainProgram } from '../../../src/main/dynamics/training/train-step';
import type { EngineName } from '../../../src/main/tensor';
import { openEngine, traceProgram } from '../../../src/main/tensor';
import { EnsembleOptions } from '../../../src/shared/model-options';
import { Random } from '../../../src/shared/random';

const LAYOUT: ModelLayout = { angles: [true, false], actions: 1, history: 1, reward: false };
const CLASS = EnsembleOptions.parse({ name: 'ensemble', members: 3, hiddenUnits: 8 });
const STAGE = { steps: 1, share: 1, title: '' };
const LOSS = { method: lossMethod('one-step'), stage: STAGE };
const SHAPE = {
  ...{ layout: LAYOUT, class: CLASS, loss: { name: 'one-step' as const }, stage: STAGE },
  ...{ rows: 16, batch: 16, weightDecay: 1e-2 },
  normaliser: {
    ...{ inputMean: new Float32Array(4), inputStd: new Float32Array(4).fill(1) },
    ...{ targetMean: new Float32Array(2), targetStd: new Float32Array(2).fill(1) },
  },
};
type State = Record<string, Float32Array>;

async function steps(engineName: EngineName, unroll: number, calls: number, learningRate = 1e-2) {
  const random = new Random(5);
  const weights = gradientClass(CLASS).initialWeights(LAYOUT, CLASS, random);
  const total = unroll * calls;
  const inputs = random.fillNormal(new Float32Array(total * 3 * 16 * 4));
  const targets = random.fillNormal(new Float32Array(total * 3 * 16 * 2));
  const engine = await openEngine(engineName);
  const { program, specs } = trainProgram(weights, { ...SHAPE, unroll });
  const compiled = await engine.compile(program, specs, { name: 'training step' });
  const initial = initialState(weights);
  let state: State = Object.fromEntries([...initial].map(([name, { values }]) => [name, values]));
  const nll: number[] = [];
  for (let call = 0; call < calls; call++) {
    const part = (values: Float32Array) =>
      values.subarray((call * values.length) / calls, ((call + 1) * values.length) / calls);
    const outputs = (await compiled.run({
      ...{ ...state, inputs: part(inputs), targets: part(targets) },
      schedule: adamSchedule(learningRate, call * unroll + 1, unroll),
    })) as State;
    nll.push(...(outputs.nll as Float32Array));
    state = Object.fromEntries(Object.keys(state).map((name) => [name, outputs[name] as Float32Array]));
  }
  await compiled.dispose();
  const arrays = [...initial]
    .filter(([name]) => !/^(first|second)\//.test(name))
    .map(([name, { shape }]) => [name, { shape, values: state[name] as Float32Array }] as const);
  const trained = unpackArrays(new Map(arrays), smallParts(weights));
  const after: State = Object.fromEntries([...trained].map(([name, { values }]) => [name, values]));
  return { state: after, weights, nll };
}

describe('a training step', () => {
  it('compiled, is what tfjs computes eagerly, step by step', async () => {
    const compiled = await steps('native', 2, 3);
    const eager = await steps('cpu', 2, 3);
    compiled.nll.forEach((value, i) => {
      expect(value).toBeCloseTo(eager.nll[i], 5);
    });
    for (const [name, values] of Object.entries(compiled.state)) {
      const other = eager.state[name] as Float32Array;
      const scale = Math.max(...other.map(Math.abs), 1e-3);
      const worst = Math.max(...values.map((value, i) => Math.abs(value - other[i])));
      expect(worst / scale, name).toBeLessThan(2e-3);
    }
  });

  it('is made of few operations, by kind', () => {
    const one = EnsembleOptions.parse({ name: 'ensemble', members: 1, hiddenLayers: 2, hiddenUnits: 128 });
    const weights = gradientClass(one).initialWeights(LAYOUT, one, new Random(0));
    const shape = { ...SHAPE, class: one, batch: 256, unroll: 1 };
    const { program, specs } = trainProgram(weights, shape);
    const { onnx } = traceProgram(program, specs, { name: 'training step' });
    const counts: Record<string, number> = {};
    for (const { opType } of onnxProto.ModelProto.decode(onnx).graph?.node ?? []) {
      counts[opType ?? ''] = (counts[opType ?? ''] ?? 0) + 1;
    }
    expect(counts).toEqual({
      // Forward, the two gradients of every layer (the first has one), and sums over rows: biases, bounds.
      ...{ MatMul: 3 + 3 + 2, Gemm: 3 + 2 },
      ...{
        Mul: 23,
        Add: 18,
        Sub: 11,
        Div: 2,
        Sqrt: 2,
        Exp: 1,
        Neg: 1,
        Sigmoid: 4,
        Softplus: 2,
        ReduceMean: 1,
      },
      ...{ Reshape: 16, Split: 3, Concat: 2 },
    });
  });

  it('unrolled, is the same steps one by one', async () => {
    const unrolled = await steps('native', 4, 1);
    const single = await steps('native', 1, 4);
    const [one, other] = [unrolled, single].map(({ state }) => state['layer1/kernel'] as Float32Array);
    one?.forEach((value, i) => {
      expect(value).toBeCloseTo(other?.[i], 5);
    });
  });

  it('moves every weight by the learning rate at first, as Adam does', async () => {
    const { state, weights } = await steps('native', 1, 1, 1e-2);
    const before = weights.get('layer2/kernel')?.values as Float32Array;
    const moved = (state['layer2/kernel'] as Float32Array).map((value, i) => Math.abs(value - before[i]));
    for (const distance of moved) expect(distance).toBeCloseTo(1e-2, 4);
  });

  it('follows the schedule of Adam with bias correction', () => {
    const [learningRate, gradient] = [1e-3, 0.7];
    let [first, second, m, v] = [0, 0, 0, 0];
    for (let t = 1; t <= 50; t++) {
      first = 0.9 * first + gradient;
      second = 0.999 * second + gradient ** 2;
      m = 0.9 * m + 0.1 * gradient;
      v = 0.999 * v + 0.001 * gradient ** 2;
      const [size, epsilon] = adamSchedule(learningRate, t, 1) as unknown as [number, number];
      const expected = (learningRate * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
      expect((size * first) / (Math.sqrt(second) + epsilon)).toBeCloseTo(expected, 9);
    }
  });
});

describe('batches', () => {
  const everyRow = (rows: number) => Int32Array.from({ length: rows }, (_, i) => i);
  const data = (rows: number): TrainingData => {
    const layout = { angles: [false], actions: 0, history: 1, reward: false };
    return {
      layout,
      split: { train: everyRow(rows), holdOut: new Int32Array() },
      normaliser: {
        ...{ inputMean: Float32Array.of(0), inputStd: Float32Array.of(1) },
        ...{ targetMean: Float32Array.of(0), targetStd: Float32Array.of(1) },
      },
      transitions: {
        ...{ count: rows, steps: null, added: null },
        rows: {
          ...{ layout, origin: Float64Array.of(0), actionOrigin: new Float64Array() },
          observations: Float32Array.from(everyRow(rows)),
          actions: new Float32Array(),
          targets: Float32Array.from(everyRow(rows), (i) => -i),
        },
      },
    } as unknown as TrainingData;
  };

  it('give every member its own bootstrap sample, and without bootstrap every row', () => {
    const samples = [0, 1, 2, 3].map((seed) => everyRow(200).map(bootstrap(200, new Random(seed))));
    for (const sample of samples) {
      const distinct = new Set(sample).size;
      // With replacement a share of 1 − 1/e ≈ 63 % of the rows is drawn.
      expect(distinct).toBeGreaterThan(100);
      expect(distinct).toBeLessThan(150);
    }
    expect([...(samples[0] ?? [])]).not.toEqual([...(samples[1] ?? [])]);
    const once = new BatchSampler(data(5), LOSS, { batch: 5, unroll: 1, bootstrap: false }, new Random(0));
    expect([...(once.next().inputs ?? [])].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('see the same rows in every pass, in another order, and keep inputs with their targets', () => {
    const sampler = new BatchSampler(
      data(30),
      LOSS,
      { batch: 10, unroll: 3, bootstrap: true },
      new Random(1),
    );
    type Call = Record<'inputs' | 'targets', Float32Array>;
    const [one, two] = [sampler.next() as Call, sampler.next() as Call];
    const [first, second] = [[...one.inputs], [...two.inputs]];
    expect(first).not.toEqual(second);
    expect(first.sort((a, b) => a - b)).toEqual(second.sort((a, b) => a - b));
    expect([...one.targets].map((value) => -value)).toEqual([...one.inputs]);
  });

  it.each([
    ['all alike', undefined],
    ['by weight', Float64Array.from({ length: 30 }, (_, row) => row)],
  ])('go on from a state that was kept, in another sampler of the same seed: rows %s', (_, weights) => {
    const sampler = () =>
      new BatchSampler(
        { ...data(30), ...(weights && { weights }) },
        LOSS,
        { batch: 7, unroll: 2, bootstrap: true },
        new Random(1),
      );
    const [one, other] = [sampler(), sampler()];
    for (let i = 0; i < 3; i++) one.next();
    const kept = structuredClone(one.state());
    const expected = Array.from({ length: 5 }, () => [...(one.next().inputs ?? [])]);
    other.next();
    other.restore(kept);
    expect(Array.from({ length: 5 }, () => [...(other.next().inputs ?? [])])).toEqual(expected);
  });
});

describe('patience', () => {
  it('ends without one hundredth of a nat of progress, and creeping progress counts in the end', () => {
    let patience = afterPass(patient(2), [1, 1]);
    for (let i = 1; i <= 3; i++) patience = afterPass(patience, [1 - 0.003 * i, 1]);
    expect(patience.withoutProgress).toBe(3);
    expect(afterPass(patience, [0.989, 1]).withoutProgress).toBe(0);
    expect(afterPass(patience, [1.2, 0.5]).withoutProgress).toBe(0);
  });
});

describe('small arrays', () => {
  it('lie in one while training, and come out as they went in', () => {
    const weights = gradientClass(CLASS).initialWeights(LAYOUT, CLASS, new Random(3));
    weights.set('large', {
      shape: [3, 100, 100],
      values: new Random(4).fillNormal(new Float32Array(30_000)),
    });
    const parts = smallParts(weights);
    const packed = packArrays(weights, parts);
    expect([...packed.keys()]).toEqual(['large', 'packed']);
    expect(unpackArrays(packed, parts)).toEqual(weights);
  });
});
