import { describe, expect, it } from 'vitest';
import { SeenParts } from '../../src/main/core/adaptation/seen-parts';
import type { Log } from '../../src/main/log/types';
import { Eyes } from '../../src/shared/eyes';

const VIEW = { width: 64, height: 64 };
const EYES = Eyes.parse({
  ...{ ...VIEW, camera: 'side', size: 16, colour: 'grey', stack: 2, encoder: 'keypoints', latent: 4 },
  observations: ['angle'],
});
/** Bytes of a picture as the network gets it. */
const PICTURE = 16 * 16;

/** Episodes of a hundred rows each; of the second a camera of another size saw everything, of the fourth none. */
const log = {
  episode: async () => ({ steps: 99 }),
  cameras: async (id: number) =>
    id === 4
      ? []
      : [{ ...VIEW, name: 'side', rate: 20, frames: 100, dropped: 0, ...(id === 2 && { width: 32 }) }],
} as unknown as Log;

const parts = [1, 2, 3, 4, 5].map((episode) => ({ episode, firstRow: 0 }));

describe('what a model of pictures learns on from beside a run', () => {
  it('is what its cameras saw, in the order of its recording', async () => {
    expect(await new SeenParts(log, EYES).among(parts)).toEqual(
      [1, 3, 5].map((episode) => ({ episode, firstRow: 0 })),
    );
  });

  it('are the newest pictures, of more than there is room for', async () => {
    expect(await new SeenParts(log, EYES, 150 * PICTURE).among(parts)).toEqual([
      { episode: 3, firstRow: 50 },
      { episode: 5, firstRow: 0 },
    ]);
    expect(await new SeenParts(log, EYES, 100 * PICTURE).among(parts)).toEqual([{ episode: 5, firstRow: 0 }]);
    // What came before a change is of no use, however much room there is.
    const since = [{ episode: 5, firstRow: 80 }];
    expect(await new SeenParts(log, EYES).among(since)).toEqual(since);
  });
});
