import type * as tf from '@tensorflow/tfjs-core';
import { stateWidth } from '../../dynamics/layout';
import type { State } from '../../dynamics/updates/traced-update';
import { valuesOf } from '../../dynamics/updates/updates';
import {
  type Engine,
  type Lane,
  openLanes,
  type PortableProgram,
  type TensorProgram,
  type TensorSpec,
} from '../../tensor';
import { noiseWidthOf } from '../representation/acting';
import type { Actor, Arrays } from '../representation/types';
import type { ImaginedModel, Imagining } from './model';
import { imaginedStep } from './step';

const FED = ['state', 'actionNoise', 'modelNoise'] as const;
type Fed = Record<(typeof FED)[number], Float32Array>;

/** What came of a step: action, next, reward and, where something ends the task, ends, of all places. */
type Found = Record<'action' | 'next' | 'reward', Float32Array> & { ends?: Float32Array };

/** One imagined step of many rows (step.ts), member m predicting block m of the places. */
export interface StepProgram {
  /** Of all places, to be filled before a run. */
  readonly feeds: Fed;
  /** What it computes with, until others are loaded. @param model arrays that do not change: the same ones are copied once */
  load(actor: Arrays, model: Arrays): void;
  /** @returns arrays that the next run may overwrite. @throws ForesightError engine */
  run(): Promise<Found>;
  /** Ends the thread, too, that it may have. */
  dispose(): Promise<void>;
}

/** What a program is made for. */
export interface StepShape {
  imagining: Imagining;
  actor: Actor;
  model: ImaginedModel;
  /** Rows, a multiple of the members. */
  places: number;
}

const NAME = 'imagined step';

type Written = Extract<PortableProgram, { kind: 'native' }>;

/**
 * Compiles the step. With two threads each computes one half of every member's block, by one and the same program; the numbers
 * are those of one thread, bit for bit.
 * @throws ForesightError engine
 */
export async function openStep(engine: Engine, shape: StepShape, threads: number): Promise<StepProgram> {
  const lanes = threads > 1 && shape.places > shape.model.members ? await inLanes(engine, shape) : null;
  return lanes ?? inOne(engine, shape, threads);
}

async function inOne(engine: Engine, shape: StepShape, threads: number): Promise<StepProgram> {
  const { program, weights, fed } = traced(shape, shape.places);
  const compiled = await engine.compile(program, [...weights, ...fed], { name: NAME, threads });
  const feeds = named(fed, (words) => new Float32Array(words)) as Fed;
  let loaded: State = {};
  return {
    feeds,
    load(actor, own) {
      loaded = { ...valuesOf(actor), ...valuesOf(own) };
    },
    run: async () => (await compiled.run({ ...loaded, ...feeds })) as Found,
    dispose: () => compiled.dispose(),
  };
}

/** Null where the engine has no programs for several threads. */
async function inLanes(engine: Engine, shape: StepShape): Promise<StepProgram | null> {
  const { places, model } = shape;
  const { members } = model;
  const block = places / members;
  // Of a block with an odd number of rows both compute the one in the middle, so that their programs are the same.
  const half = Math.ceil(block / 2);
  const { program, weights, fed } = traced(shape, half * members);
  const written = engine.write?.(program, [...weights, ...fed], { name: NAME });
  if (written?.kind !== 'native') return null;

  const loaded = named(weights, shared);
  const feeds = named(traced(shape, places).fed, (words) => new Float32Array(words)) as Fed;
  const found = named(written.outputs, (words) => new Float32Array((words / half) * block)) as Found;
  const halves = [false, true].map((last) => {
    const [given, results] = [named(fed, shared), named(written.outputs, shared)];
    return {
      lane: laneOf(written, { ...loaded, ...given }, results),
      take: () => eachBlock(given, feeds, { members, last }, (own, all) => own.set(all)),
      give: () => eachBlock(results, found, { members, last }, (own, all) => all.set(own)),
    };
  });
  const [here, beside] = halves.map(({ lane }) => lane) as [Lane, Lane];
  let known: Arrays | undefined;
  const lanes = await openLanes(here, beside, NAME);
  return {
    feeds,
    load(actor, own) {
      for (const arrays of own === known ? [actor] : [actor, own]) {
        for (const [name, { values }] of arrays) loaded[name]?.set(values);
      }
      known = own;
    },
    async run() {
      for (const { take } of halves) take();
      lanes.run();
      for (const { give } of halves) give();
      return found;
    },
    dispose: () => lanes.dispose(),
  };
}

const laneOf = (program: Written, given: State, results: State): Lane => {
  const inputs = program.inputs.map(({ name }) => given[name] as Float32Array);
  const outputs = program.outputs.map(({ name }) => results[name] as Float32Array);
  return { program, turns: [{ inputs, outputs }] };
};

/** Calls with the rows of every member that are a lane's own and the same ones among all, the first of a block or its last. */
function eachBlock(
  own: State,
  all: State,
  { members, last }: { members: number; last: boolean },
  pair: (own: Float32Array, all: Float32Array) => void,
): void {
  for (const [name, rows] of Object.entries(own)) {
    const every = all[name] as Float32Array;
    const [words, step] = [rows.length / members, every.length / members];
    for (let member = 0; member < members; member++) {
      const at = member * step + (last ? step - words : 0);
      pair(rows.subarray(member * words, (member + 1) * words), every.subarray(at, at + words));
    }
  }
}

/** The step of so many rows, its weights and what it is fed with. */
function traced({ imagining, actor: { shape, arrays }, model }: StepShape, rows: number) {
  const { members } = model;
  const weights = [...arrays, ...model.arrays].map(
    ([name, array]): TensorSpec => ({ name, shape: array.shape }),
  );
  const { space } = imagining;
  const fed: TensorSpec[] = [
    { name: 'state', shape: [1, rows, stateWidth(space.layout)] },
    { name: 'actionNoise', shape: [1, rows, noiseWidthOf(space, shape)] },
    { name: 'modelNoise', shape: [members, rows / members, model.noiseWidth] },
  ];
  const program: TensorProgram = (given) => {
    const [state, action, noise] = FED.map((name) => given[name] as tf.Tensor3D);
    const { ends, ...rest } = imaginedStep(imagining, model, shape, given, state as tf.Tensor3D, {
      action: action as tf.Tensor3D,
      model: noise as tf.Tensor3D,
    });
    return { ...rest, ...(ends && { ends }) };
  };
  return { program, weights, fed };
}

const shared = (words: number): Float32Array =>
  new Float32Array(new SharedArrayBuffer(words * Float32Array.BYTES_PER_ELEMENT));

const named = (specs: readonly TensorSpec[], make: (words: number) => Float32Array): State =>
  Object.fromEntries(specs.map(({ name, shape }) => [name, make(shape.reduce((a, b) => a * b, 1))]));
