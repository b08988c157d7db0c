import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { eyesShapes } from '../../../src/main/dynamics/latent/eyes';
import { fitEyes } from '../../../src/main/dynamics/latent/fit-eyes';
import { movedOn, poseNumbers, posesOf, stateOfPoses } from '../../../src/main/dynamics/latent/pose';
import { Seeing } from '../../../src/main/dynamics/latent/seeing';
import { type Engine, openEngine } from '../../../src/main/tensor';
import { startCpu } from '../../../src/main/tensor/engines/tfjs-backends';
import { eyesFor } from '../../../src/shared/eyes';
import { type OptionsOf, TrainOptions } from '../../../src/shared/model-options';
import { Random } from '../../../src/shared/random';
import { blankEyes, drawnAndPlain, movingSquare, SUMMARY } from './latent-helpers';

let engine: Engine;
beforeAll(async () => {
  await startCpu();
  engine = await openEngine();
});

const optionsOf = (more: object): OptionsOf<'latent-frame'> =>
  TrainOptions.parse({ class: { name: 'latent-frame', motion: 'differences', ...more } })
    .class as OptionsOf<'latent-frame'>;

/** Three pictures a state, one action: a pose of four numbers, its two changes and two actions. */
const SUMMARY_3 = { ...SUMMARY, motion: 'differences', stack: 3, acts: 2, latent: 14 } as const;
/** The same of a recording of a square whose numbers beside the pictures are those actions. */
function squareOf(rows: number, seed: number) {
  const seen = movingSquare(rows, new Random(seed), SUMMARY_3);
  const beside = Float64Array.from(
    { length: 2 * rows },
    (_, i) => seen.actions[Math.floor(i / 2) - 2 + (i % 2)] ?? 0,
  );
  return { ...seen, beside };
}
function blankEyesOf(seen: ReturnType<typeof squareOf>) {
  const eyes = blankEyes([seen], SUMMARY_3);
  eyes.arrays.set('act/mean', { shape: [2], values: Float32Array.of(0.25, -0.5) });
  eyes.arrays.set('act/scale', { shape: [2], values: Float32Array.of(2, 3) });
  return eyes;
}

describe('a state of poses', () => {
  it('has poses of equal size, as large as the numbers that were asked for allow', () => {
    const camera = { name: 'side', width: 64, height: 64 };
    const of = (stack: number, latent: number, actions: number) => {
      const eyes = eyesFor(optionsOf({ stack, latent }), [camera], {
        ...{ observations: ['angle'], beside: [], ends: false, actions },
      });
      return [eyes.latent, poseNumbers(eyes)];
    };
    expect(of(4, 32, 1)).toEqual([31, 7]);
    expect(of(3, 24, 2)).toEqual([22, 6]);
    expect(of(1, 24, 2)).toEqual([24, 24]);
    // Of fewer numbers nothing could be said: every pose has a mean of 0 and a deviation of 1.
    expect(of(4, 5, 1)).toEqual([19, 4]);
  });

  it('moved on to the pose of the next picture is the state of the pictures one later', () => {
    const number = fc.float({ min: -4, max: 4, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(number, { minLength: 60, maxLength: 60 }),
        (stack, all) => {
          const shape = {
            motion: 'differences',
            stack,
            acts: stack - 1,
            latent: 4 * stack + stack - 1,
          } as const;
          const poses = Array.from({ length: stack + 1 }, (_, i) =>
            tf.tensor2d(all.slice(8 * i, 8 * i + 8), [2, 4]),
          );
          const acts = (from: number) =>
            stack > 1
              ? tf.tensor2d(all.slice(48 + from, 48 + from + 2 * (stack - 1)), [2, stack - 1])
              : undefined;
          const before = stateOfPoses(poses.slice(0, -1), acts(0));
          expect(before.shape).toEqual([2, shape.latent]);
          expect(posesOf(shape, before).arraySync()).toEqual(poses[stack - 1]!.arraySync());
          const moved = movedOn(shape, before, poses[stack]!, acts(2));
          expect(moved.arraySync()).toEqual(stateOfPoses(poses.slice(1), acts(2)).arraySync());
        },
      ),
    );
  });

  it('says of what stands still that it does, with weights that have learned nothing', async () => {
    const seen = squareOf(20, 5);
    const seeing = await Seeing.open(engine, blankEyesOf(seen));
    const picture = (row: number) => seen.pictures.subarray(row * 1024, (row + 1) * 1024);
    const still = await seeing.state([picture(7), picture(7), picture(7)], [0.5, 1]);
    expect([...still.subarray(4)]).toEqual([...Array(8).fill(0), 0.5, 4.5]);
    const one = picture(7);
    const other = picture(seen.reward.findIndex((place) => place !== seen.reward[7]));
    const [there, back] = [await seeing.state([one, one, other]), await seeing.state([other, other, one])];
    for (let i = 4; i < 8; i++) expect(back[i]).toBeCloseTo(-there[i]!, 5);
    expect([...there.subarray(8, 12)]).toEqual([0, 0, 0, 0]);
    await seeing.dispose();
  });

  it('is drawn by its pose alone', async () => {
    const seen = squareOf(20, 5);
    const seeing = await Seeing.open(engine, blankEyesOf(seen));
    const { columns } = await seeing.episode(seen);
    const state = Float32Array.from(columns.observations.subarray(9 * 14, 10 * 14));
    const shown = await seeing.pictures(state);
    const moving = Float32Array.from(state, (value, i) => (i < 4 ? value : value + 1));
    expect(await seeing.pictures(moving)).toEqual(shown);
    const elsewhere = Float32Array.from(state, (value, i) => (i < 4 ? -value : value));
    expect(await seeing.pictures(elsewhere)).not.toEqual(shown);
    await seeing.dispose();
  });

  it.each(['reconstruction', 'consistency', 'redundancy'] as const)(
    'is learned by %s: it shows the pictures better than the mean of them',
    async (seeBy) => {
      const episodes = [squareOf(120, 1), squareOf(120, 2)];
      const eyes = await fitEyes({
        ...{ summary: SUMMARY_3, options: optionsOf({ seeBy, stack: 3, unroll: 3 }), steps: 150 },
        ...{ learningRate: 2e-3, actions: 1, episodes, engine, threads: 1 },
        ...{ random: new Random(4), progress: async () => undefined },
      });
      expect(new Map([...eyes.arrays].map(([name, { shape }]) => [name, shape]))).toEqual(
        eyesShapes(SUMMARY_3),
      );
      const seeing = await Seeing.open(engine, eyes);
      const { columns } = await seeing.episode(episodes[0]!);
      const shown = await seeing.pictures(Float32Array.from(columns.observations));
      const { drawn, plain } = drawnAndPlain(eyes, shown, episodes[0]!);
      expect(drawn).toBeLessThan(plain / 2);
      await seeing.dispose();
    },
  );
});
