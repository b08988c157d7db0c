import { expect, it } from 'vitest';
import type { SeenEpisode } from '../../src/main/dynamics/latent/pictures';
import { StateProbes } from '../../src/main/jobs/state-probe';
import { Random } from '../../src/shared/random';
import { movingSquare } from '../dynamics/latent/latent-helpers';

const channel = (name: string, angle = false) => ({ name, unit: '1', angle, limits: null });

/** Two numbers of a state on a circle, and others that say nothing. */
function circling(rows: number, random: Random, idle = 1) {
  const seen = movingSquare(rows, random);
  const width = 2 + idle;
  const observations = new Float64Array(width * rows);
  const measured = new Float64Array(4 * rows);
  for (let row = 0; row < rows; row++) {
    const angle = 6 * random.uniform();
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    observations.set([x, y, ...Array.from({ length: idle }, () => random.normal())], width * row);
    // An angle, a sum of what is in the state, what is not in it, and what never changes.
    measured.set([angle + 0.4, 2 * x - y + 3, random.normal(), 7], 4 * row);
  }
  return { seen, observations, measured, width };
}

async function explained(episodes: ReturnType<typeof circling>[]) {
  const states = new Map(episodes.map(({ seen, observations }) => [seen.actions.length, observations]));
  const width = episodes[0]!.width;
  const seeing = {
    episode: async ({ id, firstRow, rows, actions, reward, deviceSeconds }: SeenEpisode) => ({
      ...{ id, firstRow },
      columns: {
        ...{ rows, actions, reward, deviceSeconds },
        observations: (states.get(rows) ?? [...states.values()][0]!).slice(0, width * rows),
      },
    }),
  };
  const truth = {
    channels: [channel('heading', true), channel('sum'), channel('hidden'), channel('still')],
    values: new Map(episodes.map(({ seen, measured }) => [seen, measured])),
  };
  const probes = await StateProbes.fit(
    seeing,
    episodes.map(({ seen }) => seen),
    truth,
  );
  const moments = episodes.flatMap(({ seen }) =>
    Array.from({ length: seen.rows }, (_, row) => ({ episode: seen, row })),
  );
  const all = Float32Array.from(episodes.flatMap(({ observations }) => [...observations]));
  return probes.explained(all, moments);
}

it.each([
  ['several episodes', [90, 110, 100]],
  ['one episode', [300]],
])('of %s it is told what can be read off a state, what cannot, and what never changed', async (_, rows) => {
  const [heading, sum, hidden, still] = await explained(
    rows.map((count, i) => circling(count, new Random(i + 1))),
  );
  expect(heading).toBeGreaterThan(0.99);
  expect(sum).toBeGreaterThan(0.99);
  expect(hidden).toBeLessThan(0.1);
  expect(still).toBeNull();
});

it('of few short episodes, of which a half would be too little to fit on, it is told as well', async () => {
  const rows = [13, 14, 15, 16, 17, 18, 19, 20, 21];
  const idle = 80;
  expect(idle).toBeGreaterThan(rows.reduce((sum, count) => sum + count, 0) / 2);
  const [heading, sum] = await explained(rows.map((count, i) => circling(count, new Random(i + 1), idle)));
  expect(heading).toBeGreaterThan(0.9);
  expect(sum).toBeGreaterThan(0.9);
});
