import { beforeAll, expect, it } from 'vitest';
import { untrainedModel } from '../../src/main/dynamics/untrained';
import { judgePictures } from '../../src/main/jobs/picture-verdict';
import { type Engine, openEngine } from '../../src/main/tensor';
import { latentChannels } from '../../src/shared/eyes';
import { TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { blankEyes, movingSquare, SUMMARY } from '../dynamics/latent/latent-helpers';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});

/** Eyes that show every state as the mean picture, whatever it is. */
function meanEyes(episodes: Parameters<typeof blankEyes>[0]) {
  const eyes = blankEyes(episodes);
  for (const [name, { values }] of eyes.arrays) if (name.startsWith('decoder/layer2')) values.fill(0);
  return eyes;
}

it('a model that always shows the mean picture explains nothing of what is seen, however far ahead', async () => {
  const episodes = [movingSquare(60, new Random(1)), movingSquare(60, new Random(2))];
  const channels = {
    observations: latentChannels(SUMMARY),
    actions: [{ name: 'push', unit: '1', angle: false, limits: null }],
    periodSeconds: 0.05,
  };
  const options = TrainOptions.parse({ rewardHead: true });
  const model = { ...untrainedModel(channels, options), eyes: meanEyes(episodes) };
  const verdict = await judgePictures(engine, model, episodes);
  expect(verdict?.horizons).toEqual([0, 1, 5, 10, 15, 25]);
  expect(verdict?.starts).toBe(64);
  // The mean of all pictures is not quite that of those that are compared with.
  for (const share of verdict?.explained ?? []) expect(share).toBeCloseTo(0, 0);
  expect(await judgePictures(engine, model, [movingSquare(2, new Random(1))])).toMatchObject({
    horizons: [0, 1],
  });
});
