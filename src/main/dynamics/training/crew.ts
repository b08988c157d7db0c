import * as tf from '@tensorflow/tfjs-core';
import type { TrainOptions } from '../../../shared/model-options';
import type { Engine } from '../../tensor';
import { modelClass } from '../classes';
import type { TrainingData } from '../data/training-data';
import { trainThreads } from '../threads';
import {
  type MemberState,
  openStage,
  type Pass,
  type StageRunner,
  type StageSetup,
  UNIT_MS,
} from './member-run';
import { paceOf } from './train-programs';
import { TrainThread } from './train-thread';

/** 10⁹ operations of the matrix products beyond which threads of their own pay for starting them: about a second. */
const WORTH_THREADS_GFLOP = 100;
/** Passes that a training is expected to have at least. */
const LIKELY_EPOCHS = 50;

/** Whoever computes a training's members: this thread, or several of their own. */
export interface Crew {
  /** Members that can be worked on at a time. */
  readonly size: number;
  /** Gets ready for a stage, in place of the one before. */
  open(setup: Omit<StageSetup, 'threads'>): Promise<void>;
  /** Goes on with a member for a while (member-run.ts). The state that was handed in must not be used any more. */
  run(state: MemberState, until: number): Promise<{ state: MemberState; passes: Pass[] }>;
  close(): Promise<void>;
}

/** Computes in this thread, with `threads` threads inside every engine call. */
export function crewOfOne(engine: Engine, threads: number): Crew {
  let runner: StageRunner | undefined;
  return {
    size: 1,
    async open(setup) {
      await runner?.close();
      runner = await openStage(engine, { ...setup, threads });
    },
    run(state, until) {
      if (runner === undefined) throw new Error('no stage was opened');
      return runner.run(state, until, UNIT_MS);
    },
    async close() {
      await runner?.close();
      runner = undefined;
    },
  };
}

/**
 * Worker threads that compute members side by side, each with its own engine: members do not touch each other, so
 * nothing waits for anything inside a pass, where several threads inside one call wait for each other at every operation.
 * Measured with 5 members of 4 × 200 on two cores: 1.4 times as fast as one program for all members on two threads.
 */
export function crewOfThreads(engine: Engine, size: number, threads: number): Crew {
  const idle: TrainThread[] = [];
  const all: TrainThread[] = [];
  return {
    size,
    async open(setup) {
      if (all.length === 0) await flushDenormals(engine);
      // Threads inherit the priority of this one.
      while (all.length < size) all.push(new TrainThread());
      idle.splice(0, idle.length, ...all);
      await Promise.all(all.map((thread) => thread.open({ ...setup, threads })));
    },
    async run(state, until) {
      const thread = idle.pop();
      if (thread === undefined) throw new Error('more members than threads');
      const result = await thread.run(state, until);
      idle.push(thread);
      return result;
    },
    async close() {
      await Promise.all(all.splice(0).map((thread) => thread.close()));
    },
  };
}

/**
 * Adam's moments of weights that hardly move become denormal, which is slow on every x86 processor and rounds in another
 * way than zero. ONNX Runtime takes them for zero in the thread that opens a process's first session, and on Linux in the
 * threads that this one starts from then on: so that all of them compute alike, this thread opens a session first.
 */
async function flushDenormals(engine: Engine): Promise<void> {
  const shape = [1];
  const program = await engine.compile(({ x }) => ({ y: tf.neg(x as tf.Tensor) }), [{ name: 'x', shape }], {
    name: 'first session',
  });
  await program.dispose();
}

/**
 * The crew that suits a training.
 * @param workers threads that members may be trained on side by side
 */
export function crewFor(engine: Engine, data: TrainingData, options: TrainOptions, workers: number): Crew {
  const one = modelClass(options.class.name);
  const size = Math.min(workers, one.members(options.class));
  // An engine that calls kernel by kernel is for checking; a graphics processor is not divided among threads.
  const divides = engine.write !== undefined && size > 1;
  if (!divides || likelyGflop(data, options) < WORTH_THREADS_GFLOP) return crewOfOne(engine, trainThreads());
  return crewOfThreads(engine, size, Math.max(1, Math.floor(workers / size)));
}

/** A weight costs six operations a row: two forwards and four backwards. */
function likelyGflop(data: TrainingData, options: TrainOptions): number {
  const shapes = modelClass(options.class.name).shapes(data.layout, options.class, new Map());
  const weights = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const { batch, unroll, callsPerEpoch } = paceOf(data, options, { steps: 1, share: 1, title: '' }, false);
  const rows = batch * unroll * callsPerEpoch * Math.min(options.epochs, LIKELY_EPOCHS);
  return (6 * weights * rows) / 1e9;
}
