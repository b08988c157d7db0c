import * as tf from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import type { RateSchedule } from '../../../shared/rate-schedule';
import { type Engine, openInTurn, openLanes, type TensorProgram, type TensorSpec } from '../../tensor';
import type { Arrays } from '../classes/types';
import { named, type Tensors } from '../mlp';
import { adamSchedule, adamStep, rateShare } from '../training/adam';
import { METRIC } from './traced-update';
import { gradientsOf, withOptimiser } from './updates';

/** Which half of a batch. */
export const HALVES = ['here', 'beside'] as const;
export type Half = (typeof HALVES)[number];

export interface HalvedShape<Metric extends string> {
  /** Shown in errors and profiles. */
  name: string;
  weights: Arrays;
  /** What half a batch is fed with. */
  feeds: TensorSpec[];
  learningRate: number;
  /** Constant, or falling to 0 along half a cosine over all steps (Loshchilov & Hutter 2017, without restarts). */
  schedule: RateSchedule;
  /** Gradients of the whole batch are cut to this L2 norm over all arrays together (Pascanu et al. 2013). */
  clipNorm: number;
  /** Arrays that only a loss beside the others reaches: their gradients are cut by themselves, so that neither changes the other's steps. */
  apart?(name: string): boolean;
  /** Arrays that are followed slowly: "target/<name>" in the loss, which no gradient reaches. */
  followed?: Followed;
  /** Mean loss of half a batch. Traceable: pure, no random numbers. */
  loss(weights: Tensors, feeds: Tensors): { loss: tf.Tensor; extra: Record<Metric, tf.Tensor> };
}

/** Moving averages of some weights: so much of each stays in a step. They begin as the weights do. */
interface Followed {
  of(name: string): boolean;
  stays: number;
}

/** The average that follows an array. */
export const TARGET = 'target/';

/** Values of the feeds of both halves, by name. */
type HalvedFeeds = Record<Half, Record<string, Float32Array>>;

export interface HalvedSteps<Metric extends string> {
  /**
   * Adam's steps, each with what `fill` writes for it, half by half.
   * @param onStep after every second step, with the means of the metrics
   * @returns the weights
   * @throws ForesightError bad-data when a metric is not a number
   */
  run(
    steps: number,
    fill: (into: Record<string, Float32Array>) => void,
    onStep: (step: number, metrics: Record<Metric | 'loss', number>) => Promise<void>,
  ): Promise<Arrays>;
  dispose(): Promise<void>;
}

/** Steps in a call: what one writes the next reads, in two places in turn. */
const TURNS = 2;

/**
 * Adam on gradients of batches whose halves are computed side by side with two threads; one after the other with one, and with an engine
 * that has no programs to be written, with the same numbers. Each half's program makes the step that the gradients of the batch before ask
 * for by itself, and then computes its own: the halves meet once a batch.
 * @throws ForesightError engine
 */
export async function compileHalves<Metric extends string>(
  engine: Engine,
  shape: HalvedShape<Metric>,
  threads: number,
): Promise<HalvedSteps<Metric>> {
  const { program, specs } = halfProgram(shape);
  let memory = new Memory(shape, specs, sharedNumbers);
  let lanes = await inLanes(engine, { name: shape.name, threads }, { program, specs }, memory);
  if (!lanes) {
    memory = new Memory(shape, specs, (words) => new Float32Array(words));
    lanes = await oneAfterTheOther(engine, { name: shape.name, threads }, { program, specs }, memory);
  }
  const running = lanes;
  return {
    async run(steps, fill, onStep) {
      // A turn steps with the gradients of the one before it: the first with none, so that there is one turn more than steps.
      const turns = steps + 1;
      for (let first = 1; first <= turns; first += TURNS) {
        for (let turn = 0; turn < TURNS; turn++) {
          memory.scheduleOf(turn).set(scheduleAt(shape, first + turn - 1, steps));
          if (first + turn > steps) continue;
          for (const half of HALVES) fill(memory.feedsOf(turn)[half]);
        }
        await running.run();
        const metrics = memory.metrics();
        const [wrong] = Object.entries(metrics).find(([, value]) => !Number.isFinite(value)) ?? [];
        if (wrong !== undefined) throw diverged(shape.name, wrong, first);
        await onStep(Math.min(steps, first + TURNS - 1), metrics);
      }
      return memory.weights();
    },
    dispose: () => running.dispose(),
  };
}

/** Adam's step `step`, from 1; without size before the first and after the last. */
function scheduleAt(
  { learningRate, schedule }: Pick<HalvedShape<string>, 'learningRate' | 'schedule'>,
  step: number,
  steps: number,
): Float32Array | readonly number[] {
  if (step < 1 || step > steps) return [0, 1];
  return adamSchedule(learningRate * rateShare(schedule, step, steps), step, 1);
}

export const gradientOf = (half: Half, name: string): string => `gradient/${half}/${name}`;
const OWN = 'gradient/own/';

/** Weights, moments, both halves' gradients of the batch before, own feeds → weights, moments, own gradients, metrics. */
function halfProgram<Metric extends string>(
  shape: HalvedShape<Metric>,
): { program: TensorProgram; specs: TensorSpec[] } {
  const names = [...shape.weights.keys()];
  const state = stateOf(shape);
  const specs: TensorSpec[] = [
    ...[...state].map(([name, array]) => ({ name, shape: array.shape })),
    ...HALVES.flatMap((half) =>
      [...shape.weights].map(([name, array]) => ({ name: gradientOf(half, name), shape: array.shape })),
    ),
    ...shape.feeds,
    { name: 'schedule', shape: [2] },
  ];
  const program: TensorProgram = (given) => {
    const current = Object.fromEntries([...state.keys()].map((name) => [name, named(given, name)]));
    const mean = Object.fromEntries(
      names.map((name) => {
        const [one, other] = HALVES.map((half) => named(given, gradientOf(half, name)));
        return [name, tf.mul(tf.add(one as tf.Tensor, other as tf.Tensor), 0.5)];
      }),
    );
    const [size, epsilon] = tf.split(given.schedule as tf.Tensor1D, 2, 0) as [tf.Tensor, tf.Tensor];
    const stepped = adamStep(current, clippedApart(mean, shape), { size, epsilon }, () => 0);
    const next = { ...stepped, ...followedBy(current, stepped, shape.followed) };
    const { gradients, loss, extra } = gradientsOf(names, next, (weights) => shape.loss(weights, given));
    const scalars = Object.entries({ loss, ...extra } as Tensors);
    return {
      ...next,
      ...Object.fromEntries(names.map((name) => [OWN + name, named(gradients, name)])),
      ...Object.fromEntries(scalars.map(([name, value]) => [METRIC + name, tf.reshape(value, [1])])),
    };
  };
  return { program, specs };
}

/** Everything that is handed from batch to batch. */
const stateOf = ({ weights, followed }: Pick<HalvedShape<string>, 'weights' | 'followed'>): Arrays =>
  withOptimiser(
    weights,
    new Map(
      [...weights].filter(([name]) => followed?.of(name)).map(([name, array]) => [TARGET + name, array]),
    ),
  );

/** The averages after a step. */
const followedBy = (current: Tensors, stepped: Tensors, followed: Followed | undefined): Tensors =>
  Object.fromEntries(
    Object.keys(stepped)
      .filter((name) => TARGET + name in current && followed)
      .map((name) => {
        const { stays } = followed as Followed;
        const kept = tf.mul(named(current, TARGET + name), stays);
        return [TARGET + name, tf.add(kept, tf.mul(named(stepped, name), 1 - stays))];
      }),
  );

/** Cut to the norm, those apart by themselves. */
function clippedApart(
  gradients: Tensors,
  { apart, clipNorm }: Pick<HalvedShape<string>, 'apart' | 'clipNorm'>,
) {
  if (!apart) return clipped(gradients, clipNorm);
  const part = (isApart: boolean) =>
    Object.fromEntries(Object.entries(gradients).filter(([name]) => apart(name) === isApart));
  return { ...clipped(part(false), clipNorm), ...clipped(part(true), clipNorm) };
}

function clipped(gradients: Tensors, most: number): Tensors {
  const norm = tf.sqrt(tf.addN(Object.values(gradients).map((slope) => tf.sum(tf.square(slope)))));
  const factor = tf.div(most, tf.maximum(norm, most));
  return Object.fromEntries(Object.entries(gradients).map(([name, slope]) => [name, tf.mul(slope, factor)]));
}

const sharedNumbers = (words: number): Float32Array =>
  new Float32Array(new SharedArrayBuffer(words * Float32Array.BYTES_PER_ELEMENT));
export const wordsOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

type Pair = [Float32Array, Float32Array];

/** Everything that both programs read and write, twice: a turn reads the one and writes the other. */
class Memory {
  readonly #state = new Map<string, Pair>();
  readonly #gradients = new Map<string, Pair>();
  readonly #feeds: Record<Half, Record<string, Float32Array>>[];
  readonly #schedules: Pair;
  readonly #metrics = new Map<string, Float32Array>();

  constructor(
    private readonly shape: Pick<HalvedShape<string>, 'weights' | 'feeds' | 'followed'>,
    specs: readonly TensorSpec[],
    private readonly numbers: (words: number) => Float32Array,
  ) {
    const pair = (words: number): Pair => [numbers(words), numbers(words)];
    this.#schedules = pair(2);
    for (const [name, { values }] of stateOf(shape)) {
      const both = pair(values.length);
      both[0].set(values);
      this.#state.set(name, both);
    }
    for (const { name, shape: dims } of specs) {
      if (name.startsWith('gradient/')) this.#gradients.set(name, pair(wordsOf(dims)));
    }
    const feeds = () =>
      Object.fromEntries(shape.feeds.map((feed) => [feed.name, numbers(wordsOf(feed.shape))]));
    this.#feeds = Array.from({ length: TURNS }, () => ({ here: feeds(), beside: feeds() }));
  }

  feedsOf = (turn: number): HalvedFeeds => this.#feeds[turn] as HalvedFeeds;
  scheduleOf = (turn: number): Float32Array => this.#schedules[turn as 0 | 1];

  input(half: Half, turn: number, name: string): Float32Array {
    const kept = this.#state.get(name) ?? this.#gradients.get(name);
    if (kept) return kept[turn as 0 | 1];
    return name === 'schedule' ? this.scheduleOf(turn) : (this.feedsOf(turn)[half][name] as Float32Array);
  }

  output(half: Half, turn: number, name: string): Float32Array {
    const later = (turn === 0 ? 1 : 0) as 0 | 1;
    if (name.startsWith(OWN)) {
      return (this.#gradients.get(gradientOf(half, name.slice(OWN.length))) as Pair)[later];
    }
    const kept = this.#state.get(name);
    if (kept) return kept[later];
    const key = `${half} ${turn} ${name.slice(METRIC.length)}`;
    const metric = this.#metrics.get(key) ?? this.numbers(1);
    this.#metrics.set(key, metric);
    return metric;
  }

  /** Means over both halves and all turns. */
  metrics(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const [key, [value = Number.NaN]] of this.#metrics) {
      const name = key.split(' ')[2] as string;
      sums[name] = (sums[name] ?? 0) + value / (HALVES.length * TURNS);
    }
    return sums;
  }

  weights(): Arrays {
    return new Map(
      [...this.shape.weights].map(([name, array]) => [
        name,
        { shape: array.shape, values: Float32Array.from((this.#state.get(name) as Pair)[0]) },
      ]),
    );
  }
}

/** Of the half that is computed beside, the state is left out: it is the same. */
const isOwn = (name: string): boolean => name.startsWith(OWN) || name.startsWith(METRIC);

interface Running {
  run(): Promise<void> | void;
  dispose(): Promise<void>;
}

/** In place, in memory that is asked for once: what a step gave back anew would be rubbish after the next, millions of numbers a step. */
async function inLanes(
  engine: Engine,
  { name, threads }: { name: string; threads: number },
  { program, specs }: { program: TensorProgram; specs: TensorSpec[] },
  memory: Memory,
): Promise<Running | null> {
  if (!engine.write) return null;
  const own: TensorProgram = (given) =>
    Object.fromEntries(Object.entries(program(given)).filter(([output]) => isOwn(output)));
  const written = {
    here: engine.write(program, specs, { name }),
    beside: engine.write(own, specs, { name }),
  };
  const lane = (half: Half) => {
    const portable = written[half];
    if (portable.kind !== 'native') return null;
    const turns = Array.from({ length: TURNS }, (_, turn) => ({
      inputs: portable.inputs.map((input) => memory.input(half, turn, input.name)),
      outputs: portable.outputs.map((output) => memory.output(half, turn, output.name)),
    }));
    return { program: portable, turns };
  };
  const [here, beside] = [lane('here'), lane('beside')];
  if (!here || !beside) return null;
  return threads > 1 ? openLanes(here, beside, name) : openInTurn(here, beside, name);
}

async function oneAfterTheOther(
  engine: Engine,
  { name, threads }: { name: string; threads: number },
  { program, specs }: { program: TensorProgram; specs: TensorSpec[] },
  memory: Memory,
): Promise<Running> {
  const compiled = await engine.compile(program, specs, { name, threads });
  return {
    async run() {
      for (let turn = 0; turn < TURNS; turn++) {
        for (const half of HALVES) {
          const feed = Object.fromEntries(
            specs.map((spec) => [spec.name, memory.input(half, turn, spec.name)]),
          );
          const outputs = await compiled.run(feed);
          for (const [output, values] of Object.entries(outputs)) {
            if (half === 'here' || isOwn(output)) memory.output(half, turn, output).set(values);
          }
        }
      }
    },
    dispose: () => compiled.dispose(),
  };
}

const diverged = (name: string, what: string, step: number): ForesightError =>
  new ForesightError(
    'bad-data',
    `The training of the ${name} left all bounds: at step ${step} "${what}" is not a number any more.`,
    'Nothing of it is kept. Look for huge numbers in rewards and pictures, or choose a smaller learning rate.',
  );
