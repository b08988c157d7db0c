import { expect, it } from 'vitest';
import { benchData } from '../../src/main/bench/data';

it('the bench of long recordings imports, looks at and prints a recording by the real commands', async () => {
  const steps: string[] = [];
  const { channels, recordings } = await benchData([3000], (what) => steps.push(what));
  expect(channels).toBe(12);
  expect(steps).toHaveLength(4);
  const [recording] = recordings;
  expect(recording).toMatchObject({ rows: 3000, views: [{ share: 1 }, { share: 0.1 }, { share: 0.001 }] });
  // 3000 rows of 13 numbers with all their digits; as JSON with the columns that nobody knows.
  expect(recording?.fileMB).toBeGreaterThan(0.5);
  expect((recording?.show.mbPerSecond ?? 0) * (recording?.show.seconds ?? 0)).toBeGreaterThan(0.5);
  if (process.platform === 'linux') expect(recording?.import.peakMB).toBeGreaterThan(20);
});
