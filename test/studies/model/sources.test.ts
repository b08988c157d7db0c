import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { coinEpisode } from '../../../src/main/studies/model/coin';
import { excitation } from '../../../src/main/studies/model/excitation';
import { loadSource, missingSource } from '../../../src/main/studies/model/sources';
import { insideRegion, outsideRegion } from '../../../src/main/studies/model/withhold';
import { StudySource } from '../../../src/shared/model-study';
import { Random } from '../../../src/shared/random';

const ACTIONS = [{ limits: [-1, 3] as [number, number] }];
const commands = (spec: Parameters<typeof excitation>[0], steps: number, seed = 1) => {
  const excite = excitation(spec, ACTIONS, 0.1, new Random(seed));
  return Array.from({ length: steps }, (_, step) => excite(step)[0]!);
};

describe('excitation', () => {
  it('by random draws holds each for its steps, within the amplitude around the middle of the range', () => {
    const values = commands({ kind: 'random-hold', holdSteps: 4, amplitude: 0.5 }, 4000);
    for (let i = 0; i < values.length; i += 4) expect(new Set(values.slice(i, i + 4)).size).toBe(1);
    expect(new Set(values).size).toBe(1000);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.min(...values)).toBeLessThan(0.02);
    expect(Math.max(...values)).toBeLessThanOrEqual(2);
    expect(Math.max(...values)).toBeGreaterThan(1.98);
  });

  it('by random binary goes to the ends and nowhere else, as often to one as to the other', () => {
    const values = commands({ kind: 'prbs', holdSteps: 1, amplitude: 1 }, 4000);
    expect(new Set(values)).toEqual(new Set([-1, 3]));
    expect(values.filter((value) => value === 3).length / 4000).toBeCloseTo(0.5, 1);
  });

  it('by a sine swings over the range with a period from the given range', () => {
    for (let seed = 0; seed < 20; seed++) {
      const values = commands({ kind: 'sine', periodSeconds: [2, 4], amplitude: 1 }, 4000, seed);
      expect(Math.max(...values)).toBeCloseTo(3, 1);
      expect(Math.min(...values)).toBeCloseTo(-1, 1);
      const rising = values.filter((value, i) => i > 0 && values[i - 1]! <= 1 && value > 1).length;
      const period = (4000 * 0.1) / rising;
      expect(period).toBeGreaterThan(1.95);
      expect(period).toBeLessThan(4.1);
    }
  });
});

describe('the coin plant', () => {
  it('throws to either side with a coin’s chance, both coordinates together', () => {
    const { columns } = coinEpisode({ step: 0.3, noise: 0.03 }, 1, 4000, new Random(3));
    const thrown = Array.from({ length: 4000 }, (_, row) => {
      const [x, y] = [columns.observations[2 * row]!, columns.observations[2 * row + 1]!];
      return [
        columns.observations[2 * row + 2]! - 0.8 * x - 0.2 * columns.actions[row]!,
        columns.observations[2 * row + 3]! - 0.8 * y,
      ] as const;
    });
    expect(thrown.filter(([x]) => x > 0).length / 4000).toBeCloseTo(0.5, 1);
    for (const [x, y] of thrown) {
      expect(Math.sign(x)).toBe(Math.sign(y));
      expect(Math.abs(Math.abs(x) - 0.3)).toBeLessThan(0.2);
    }
    const apart = thrown.map(([x]) => (Math.abs(x) - 0.3) ** 2);
    expect(Math.sqrt(apart.reduce((a, b) => a + b, 0) / 4000)).toBeCloseTo(0.03, 2);
  });
});

describe('a withheld region', () => {
  const channels = [
    { name: 'angle', unit: 'rad', angle: true, limits: null },
    { name: 'speed', unit: 'rad/s', angle: false, limits: null },
  ];

  it('is where all of its ranges hold, angles whichever way they were counted', () => {
    const inside = insideRegion(channels, { angle: [1, 2], speed: [0, 5] });
    expect(inside([1.5, 1])).toBe(true);
    expect(inside([1.5 - 2 * Math.PI, 1])).toBe(true);
    expect(inside([1.5, 6])).toBe(false);
    expect(inside([0.5, 1])).toBe(false);
  });

  it('is refused with the channels there are when it names another', () => {
    expect(() => insideRegion(channels, { height: [0, 1] })).toThrow(/"height".*no observation channel/);
  });

  it('is cut out of episodes, which fall into the runs outside of it', () => {
    const angle = [0, 0.5, 1.5, 1.6, 0.4, 0.3, 1.7, 0.2];
    const episode = {
      id: 9,
      columns: {
        rows: 8,
        observations: Float64Array.from(angle.flatMap((value, row) => [value, row])),
        actions: Float64Array.from({ length: 8 }, (_, row) => 10 + row),
      },
    };
    const pieces = outsideRegion(channels, { angle: [1, 2] }, [episode]);
    expect(pieces.map(({ id, columns }) => [id, columns.rows])).toEqual([
      [9, 2],
      [9, 2],
    ]);
    expect([...pieces[1]!.columns.observations]).toEqual([0.4, 4, 0.3, 5]);
    expect([...pieces[1]!.columns.actions]).toEqual([14, 15]);
  });
});

const pendulum = StudySource.parse({
  name: 'p',
  record: { rig: 'pendulum', train: { episodes: 2, steps: 30 }, test: { episodes: 3, steps: 20 } },
});

describe('data recorded from a rig', () => {
  it('repeat themselves for a seed; another seed changes what is learned from and not what is tested on', async () => {
    const [first, again, other] = await Promise.all([0, 0, 1].map((seed) => loadSource(pendulum, seed, '.')));
    expect(again).toEqual(first);
    expect(other?.test).toEqual(first?.test);
    expect(other?.train).not.toEqual(first?.train);
    expect(first?.train.map(({ columns }) => columns.rows)).toEqual([31, 31]);
    expect(first?.test.map(({ columns }) => columns.rows)).toEqual([21, 21, 21]);
    const starts = [...first!.train, ...first!.test].map(({ columns }) => columns.observations[0]);
    expect(new Set(starts).size).toBe(5);
  });

  it('leave a withheld region out of training and keep it in the test', async () => {
    const data = await loadSource({ ...pendulum, withhold: { angle: [0, 2] } }, 0, '.');
    const inside = insideRegion(data.channels.observations, { angle: [0, 2] });
    const count = (episodes: typeof data.train) =>
      episodes
        .flatMap(({ columns }) =>
          Array.from({ length: columns.rows }, (_, row) => inside(columns.observations.subarray(2 * row))),
        )
        .filter(Boolean).length;
    expect(count(data.train)).toBe(0);
    expect(count(data.test)).toBeGreaterThan(0);
  });

  it('come from a user’s rig, by its path from the file', async () => {
    const elsewhere = { ...pendulum, record: { ...pendulum.record!, rig: './pendulum' } };
    expect(await loadSource(elsewhere, 0, 'resources/rigs')).toEqual(await loadSource(pendulum, 0, '.'));
  });

  it('cannot come from a device on a serial port', async () => {
    const serial = { ...pendulum, record: { ...pendulum.record!, rig: 'cartpole-serial' } };
    await expect(loadSource(serial, 0, '.')).rejects.toMatchObject({ code: 'wrong-use' });
  });
});

describe('data from logs', () => {
  const csv = { files: ['log.csv'], time: 't', observations: ['q:rad'], actions: ['u'], rate: 10 };
  const source = StudySource.parse({ name: 'log', csv: { ...csv, testShare: 0.25 } });

  it('are tested on at their end', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'foresight-study-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const rows = Array.from({ length: 41 }, (_, i) => `${i / 10},${i},${-i}`);
    await writeFile(join(folder, 'log.csv'), ['t,q,u', ...rows, ''].join('\n'));
    expect(await missingSource(source, folder)).toBeUndefined();
    const { train, test, channels } = await loadSource(source, 0, folder);
    expect(channels.periodSeconds).toBeCloseTo(0.1, 12);
    expect(train.map(({ columns }) => columns.rows)).toEqual([31]);
    expect(test[0]?.columns.observations[0]).toBeCloseTo(30, 9);
    expect(test[0]?.columns.rows).toBe(11);
  });

  it('are left out with a sentence where a file is not there', async () => {
    expect(await missingSource(source, '/nowhere')).toContain('"log" is left out');
  });
});
