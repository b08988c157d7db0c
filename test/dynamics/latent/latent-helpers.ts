import { decoderLayers } from '../../../src/main/dynamics/latent/decoder';
import { encoderLayers, initialLayers } from '../../../src/main/dynamics/latent/encoder';
import { pixelStatistics } from '../../../src/main/dynamics/latent/light';
import type { SeenEpisode } from '../../../src/main/dynamics/latent/pictures';
import { pixelsOf } from '../../../src/main/dynamics/latent/size';
import type { Eyes } from '../../../src/main/dynamics/types';
import type { Eyes as EyesSummary } from '../../../src/shared/eyes';
import { Random } from '../../../src/shared/random';

export const SUMMARY: EyesSummary = {
  ...{ camera: 'side', width: 32, height: 32, size: 32, colour: 'grey', stack: 2 },
  ...{ motion: 'learned', encoder: 'keypoints', latent: 6, observations: ['angle'] },
  ...{ decoder: 'squares', ends: false, beside: [], acts: 0, recurrent: null },
};

/** A bright square of 4 × 4 pixels that goes its own way over a dark picture; the action says where to. */
export function movingSquare(rows: number, random: Random, summary = SUMMARY): SeenEpisode {
  const numbers = pixelsOf(summary);
  const pictures = new Uint8Array(rows * numbers);
  const actions = new Float64Array(rows).fill(Number.NaN);
  const reward = new Float64Array(rows);
  let place = random.integer(summary.size - 4);
  for (let row = 0; row < rows; row++) {
    for (let down = 12; down < 16; down++) {
      pictures.fill(
        255,
        row * numbers + down * summary.size + place,
        row * numbers + down * summary.size + place + 4,
      );
    }
    reward[row] = place / summary.size;
    if (row === rows - 1) break;
    const step = random.integer(5) - 2;
    actions[row] = step / 2;
    place = Math.min(summary.size - 4, Math.max(0, place + step));
  }
  return {
    ...{ id: 1, firstRow: 0, rows, pictures, actions, reward },
    ...{ beside: new Float64Array(), ended: false },
    seen: Int32Array.from({ length: rows }, (_, row) => row),
    deviceSeconds: Float64Array.from({ length: rows }, (_, row) => row / 20),
  };
}

/** Eyes that have learned nothing but what the pictures are like. */
export function blankEyes(episodes: SeenEpisode[], summary = SUMMARY, seed = 3): Eyes {
  const random = new Random(seed);
  return {
    summary,
    arrays: new Map([
      ...pixelStatistics(summary, episodes, random),
      ...initialLayers(encoderLayers(summary), random),
      ...initialLayers(decoderLayers(summary), random),
    ]),
  };
}

/** How far pictures that were drawn are from those that were seen, and how far the mean picture is from them: squares, summed. */
export function drawnAndPlain(eyes: Eyes, shown: ArrayLike<number>, { pictures }: SeenEpisode) {
  const mean = eyes.arrays.get('pixel/mean')!.values;
  let [drawn, plain] = [0, 0];
  for (let i = 0; i < shown.length; i++) {
    const real = pictures[i]! / 255;
    drawn += (shown[i]! / 255 - real) ** 2;
    plain += (mean[i % mean.length]! - real) ** 2;
  }
  return { drawn, plain };
}
