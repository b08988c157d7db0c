import { describe, expect, it } from 'vitest';
import { BLOCKS, workOf } from '../../../src/main/bench/latent/blocks';
import { encodingWork, gflopOf } from '../../../src/main/bench/latent/flop';
import { ACTIONS, eyesOfStep, STEPS, stepGflop } from '../../../src/main/bench/latent/steps';

const workNamed = (id: string) => {
  const block = BLOCKS.find((one) => one.id === id);
  if (!block) throw new Error(`there is no ${id}`);
  return workOf(block);
};

describe('operations of encoders and decoders', () => {
  it('are counted for every encoder and decoder, at 32 and 64 pixels, in grey and in colours', () => {
    expect(BLOCKS).toHaveLength(2 * 2 * (5 + 3));
    for (const block of BLOCKS) {
      const { forward, backward } = workOf(block);
      expect(Number.isInteger(forward)).toBe(true);
      // Once for the weights and once for the inputs, of which pictures have none.
      if (block.part === 'decoder') expect(backward).toBe(2 * forward);
      else expect(backward).toBeLessThan(2 * forward);
      expect(backward).toBeGreaterThanOrEqual(forward);
    }
  });

  it('are those of every square that is looked at', () => {
    // Half overlapping squares of 8 × 8 in 32 × 32: 4² + 2 · 4 · 3 + 3² = 49.
    const square = 64 * 64 + 64 * 64 + 64 * 72;
    const forward = 49 * square + 72 * 64;
    expect(workNamed('encoder-keypoints-32-grey')).toEqual({ forward, backward: 2 * forward - 49 * 64 * 64 });
    // The surroundings of two of them, 20 × 20 pixels through layers of 128 and 32.
    const around = 2 * (400 * 128 + 128 * 32);
    expect(workNamed('encoder-glimpses-32-grey').forward).toBe(49 * square + (72 + 2 * 32) * 64 + around);
    // 24 rows of 64 pixels: 3 · 8 + 3 · 7 + 2 · 8 + 2 · 7 = 75.
    const { eyes } = BLOCKS.find(({ id }) => id === 'encoder-keypoints-64-grey')!;
    expect(encodingWork({ ...eyes, pixelsDown: 24 }).forward).toBe(75 * square + 72 * 64);
    const patches = 64 * (192 * 32) + 16 * (128 * 64) + 1024 * 256 + 256 * 64;
    expect(workNamed('encoder-patches-64-rgb').forward).toBe(patches);
    expect(workNamed('encoder-dense-64-grey').forward).toBe(4096 * 256 + 256 * 128 + 128 * 64);
    // Sixteen things of seven numbers, 16 more and two of the place, to 8² squares of 4 × 4 pixels.
    const things = 24 * 256 + 256 * (16 * 6 + 16) + 8 ** 2 * ((16 * 7 + 16 + 2) * 64 + 64 * 16);
    expect(workNamed('decoder-things-32-grey').forward).toBe(things);
    expect(workNamed('decoder-squares-64-rgb').forward).toBe(24 * 256 + 256 * 2048 + 64 * (32 * 192));
  });

  it('are those of every place of what a convolution makes', () => {
    const encoder = 16 ** 2 * (16 * 16) + 8 ** 2 * (256 * 32) + 4 ** 2 * (512 * 64) + 1024 * 64;
    expect(workNamed('encoder-convolutions-32-grey').forward).toBe(encoder);
    const decoder = 24 * 256 + 256 * 1024 + 4 ** 2 * (576 * 128) + 8 ** 2 * (288 * 64) + 16 ** 2 * (144 * 4);
    expect(workNamed('decoder-convolutions-32-grey').forward).toBe(decoder);
  });

  it('make up nearly all of a whole step', () => {
    const [frame, recurrent] = STEPS;
    if (frame?.options.name !== 'latent-frame' || recurrent?.options.name !== 'latent-recurrent') {
      throw new Error('they have changed places');
    }
    expect(eyesOfStep(frame)).toMatchObject({ acts: ACTIONS, size: 64, colour: 'grey' });
    // 32 windows of 8 pictures, of which six are drawn; 16 of 16 steps, which and twice 7 carried states are drawn.
    const pictures = (encoder: string, looked: number, decoder: string, drawn: number) =>
      gflopOf(workNamed(encoder), looked) + gflopOf(workNamed(decoder), drawn);
    const ofFrame = pictures('encoder-keypoints-64-grey', 256, 'decoder-squares-64-grey', 192);
    const ofRecurrent = pictures('encoder-keypoints-64-rgb', 256, 'decoder-squares-64-rgb', 256 + 2 * 112);
    expect(stepGflop(frame) / ofFrame).toBeGreaterThan(1);
    expect(stepGflop(frame) / ofFrame).toBeLessThan(1.1);
    expect(stepGflop(recurrent) / ofRecurrent).toBeGreaterThan(1);
    expect(stepGflop(recurrent) / ofRecurrent).toBeLessThan(1.1);
  });
});
