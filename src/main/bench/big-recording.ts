import type { EpisodeColumns } from '../../shared/episode';
import { Random } from '../../shared/random';
import { openLog } from '../log';

const PERIOD_SECONDS = 0.01;
/** Nine observations, one of them an angle, and three actions. */
const OBSERVATIONS = Array.from({ length: 9 }, (_, i) => ({
  ...{ name: `q${i}`, unit: i === 0 ? 'rad' : 'm', angle: i === 0, limits: null },
}));
const ACTIONS = Array.from({ length: 3 }, (_, i) => ({
  ...{ name: `u${i}`, unit: 'N', angle: false, limits: null },
}));
/** Rows of an episode. */
const EPISODE_ROWS = 250_000;
/** Episodes of oscillators pushed at random, `rows` rows in all. */
export async function record(folder: string, rows: number): Promise<void> {
  const log = await openLog(folder);
  const random = new Random(0);
  try {
    for (let done = 0; done < rows; done += EPISODE_ROWS) {
      const columns = oscillators(Math.min(EPISODE_ROWS, rows - done), random);
      await log.addEpisodes(
        [
          {
            episode: {
              ...{ rig: 'big', rigFile: {}, source: 'import', run: null, seed: null },
              ...{ periodSeconds: PERIOD_SECONDS, observations: OBSERVATIONS, actions: ACTIONS },
            },
            ...{ startedAt: done, columns, terminated: false, reason: 'made for a benchmark', tags: [] },
          },
        ],
        'Imported an episode',
      );
    }
  } finally {
    await log.close();
  }
}

function oscillators(rows: number, random: Random): EpisodeColumns {
  const zeros = () => new Float64Array(rows);
  const [width, pushes] = [OBSERVATIONS.length, ACTIONS.length];
  const observations = new Float64Array(rows * width);
  const actions = new Float64Array(rows * pushes);
  const velocity = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    for (let push = 0; push < pushes; push++) actions[row * pushes + push] = random.uniformIn(-1, 1);
    if (row === 0) continue;
    for (let channel = 0; channel < width; channel++) {
      const before = observations[(row - 1) * width + channel];
      const force = actions[(row - 1) * pushes + (channel % pushes)] - before - 0.2 * velocity[channel];
      velocity[channel] = velocity[channel] + PERIOD_SECONDS * force;
      observations[row * width + channel] = before + PERIOD_SECONDS * velocity[channel];
    }
  }
  return {
    ...{ rows, observations, actions, requested: actions.slice() },
    ...{ reward: zeros(), latenessSeconds: zeros(), planMs: zeros(), missed: zeros() },
    ...{ hostSeconds: zeros(), deviceSeconds: zeros().map((_, row) => row * PERIOD_SECONDS) },
    predictions: new Array<undefined>(rows).fill(undefined),
  };
}
