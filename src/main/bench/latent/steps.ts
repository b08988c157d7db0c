import { type Eyes, eyesFor } from '../../../shared/eyes';
import { LatentFrameOptions, LatentRecurrentOptions } from '../../../shared/latent-options';
import type { OptionsOf } from '../../../shared/model-options';
import { Random } from '../../../shared/random';
import { fitEyes } from '../../dynamics/latent/fit-eyes';
import type { SeenEpisode } from '../../dynamics/latent/pictures';
import { fitFilter } from '../../dynamics/latent/recurrent/fit-filter';
import { pixelsOf } from '../../dynamics/latent/size';
import type { Engine } from '../../tensor';
import { frameGflop, recurrentGflop } from './flop';

/** A learning step of an encoder and its decoder as a training has it: windows that are drawn, gradients, Adam. */
export interface StepCase {
  /** What `--rows` calls it. */
  id: string;
  name: string;
  options: OptionsOf<'latent-frame'> | OptionsOf<'latent-recurrent'>;
  /** It must not take more than so many 10⁹ operations of matrix products would: time × matrix rate. Null where there is no bar. */
  barGflop: number | null;
}

/** 80 ms on a computer of 168 GFLOP/s. */
const RECURRENT_BAR = 13;

const recurrent = (more: Partial<OptionsOf<'latent-recurrent'>>): OptionsOf<'latent-recurrent'> =>
  LatentRecurrentOptions.parse({ name: 'latent-recurrent', size: 64, colour: 'rgb', ...more });

export const STEPS: readonly StepCase[] = [
  {
    ...{ id: 'step-frame', name: 'learning step, latent-frame, as it is unless said', barGflop: null },
    options: LatentFrameOptions.parse({ name: 'latent-frame' }),
  },
  {
    ...{ id: 'step-recurrent', name: 'learning step, latent-recurrent, 16 × 16, 64 × 64 rgb' },
    ...{ options: recurrent({}), barGflop: RECURRENT_BAR },
  },
  {
    ...{
      id: 'step-recurrent-patches',
      name: 'learning step, latent-recurrent, 16 × 16, 64 × 64 rgb, patches',
    },
    ...{ options: recurrent({ encoder: 'patches' }), barGflop: RECURRENT_BAR },
  },
  {
    ...{
      id: 'step-recurrent-convolutions',
      name: 'learning step, latent-recurrent, 16 × 16, 64 × 64 rgb, convolutions',
    },
    ...{ options: recurrent({ encoder: 'convolutions', decoder: 'convolutions' }), barGflop: null },
  },
];

/** Numbers of an action of the rig that pictures were made up for. */
export const ACTIONS = 1;

export const eyesOfStep = ({ options }: StepCase): Eyes =>
  eyesFor(options, [{ name: 'made', width: options.size, height: options.size }], {
    ...{ observations: ['angle'], actions: ACTIONS, beside: [], ends: false },
  });

export const stepGflop = (step: StepCase): number =>
  step.options.name === 'latent-frame'
    ? frameGflop(eyesOfStep(step), step.options, ACTIONS)
    : recurrentGflop(eyesOfStep(step), step.options, ACTIONS);

/** Steps before anything is timed. */
const WARM_UP = 2;

/**
 * Rounds of so many learning steps (an even number), after a warm-up, in one training on made-up pictures.
 * @param before is called before each round, outside of what is timed
 * @returns ms of a step, by round
 */
export async function timeSteps(
  engine: Engine,
  step: StepCase,
  { rounds, steps }: { rounds: number; steps: number },
  before: () => Promise<void>,
): Promise<number[]> {
  const summary = eyesOfStep(step);
  const ms: number[] = [];
  let began = 0;
  const request = {
    ...{ summary, engine, threads: 2, learningRate: 1e-3, random: new Random(1) },
    ...{ steps: WARM_UP + rounds * steps, episodes: [madeUp(summary, 100)] },
    progress: async (done: number) => {
      if (done > WARM_UP && (done - WARM_UP) % steps === 0 && ms.length < rounds)
        ms.push((performance.now() - began) / steps);
      else if (done !== WARM_UP) return;
      if (ms.length < rounds) await before();
      began = performance.now();
    },
  };
  if (step.options.name === 'latent-frame') {
    await fitEyes({ ...request, options: step.options, actions: ACTIONS });
  } else await fitFilter({ ...request, options: step.options });
  return ms;
}

/** An episode of pictures without anything on them, new ones in every row. */
function madeUp(summary: Eyes, rows: number): SeenEpisode {
  const random = new Random(2);
  const numbers = (count: number) => Float64Array.from({ length: count }, () => random.normal());
  return {
    ...{ id: 1, firstRow: 0, rows, ended: false },
    pictures: Uint8Array.from({ length: rows * pixelsOf(summary) }, () => random.integer(256)),
    seen: Int32Array.from({ length: rows }, (_, row) => row),
    ...{ actions: numbers(rows * ACTIONS), reward: numbers(rows), beside: numbers(rows * summary.acts) },
    deviceSeconds: Float64Array.from({ length: rows }, (_, row) => row / 20),
  };
}
