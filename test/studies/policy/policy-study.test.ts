import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readStudy } from '../../../src/main/cli/experiment';
import { nodeHost } from '../../../src/main/processes/node-host';
import { judgePolicyBar, runPolicyStudy, writePolicyReport } from '../../../src/main/studies/policy';
import type { PolicyPoint } from '../../../src/shared/policy';
import {
  PolicyBar,
  PolicyStudyFile,
  type PolicyUnit,
  variantTraining,
} from '../../../src/shared/policy-study';

const SMALL = {
  ...{ schema: 'foresight.policy-study/1', name: 'small', title: 'Small', seeds: [0] },
  base: {
    rig: 'pendulum',
    task: { name: 'short', reward: '-square(velocity) - square(torque)', termination: '', maxSteps: 20 },
    algorithm: { name: 'sac', steps: 60, randomSteps: 20, batchSize: 8, hiddenUnits: 8 },
  },
  variants: { one: {}, two: { algorithm: { updatesPerStep: 2 } } },
  evaluate: { everySteps: 30, episodes: 2 },
};

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-policy-study-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('a study of policies', () => {
  it('keeps what worked and names what failed, in a page with figures and numbers, and takes it from the cache', async () => {
    const folder = await temporaryFolder();
    const study = PolicyStudyFile.parse({
      ...SMALL,
      variants: { ...SMALL.variants, 'no simulation': { rig: 'cartpole-serial' } },
      anchors: [{ label: 'published', points: [[30, -500]] }],
      bars: [{ title: 'never so good', measure: 'evaluated', atLeast: 0 }],
    });
    const run = () => runPolicyStudy(study, { host: nodeHost(), folder, cacheFolder: folder, processes: 1 });
    const first = await run();
    expect(first.units.map(({ variant, steps, updates }) => [variant, steps, updates])).toEqual([
      ['one', 60, 40],
      ['two', 60, 80],
    ]);
    expect(first.failed).toMatchObject([{ variant: 'no simulation', seed: 0, error: { code: 'wrong-use' } }]);
    for (const { curve, actionMs } of first.units) {
      const evaluated = curve.filter((point) => point.evaluated !== null);
      expect(evaluated.map(({ steps }) => steps)).toEqual([30, 60]);
      expect(actionMs.p99).toBeGreaterThanOrEqual(actionMs.median);
    }
    // Wall times are among them: computed again, they would be others.
    expect((await run()).units).toEqual(first.units);

    const page = join(folder, 'small.md');
    await writePolicyReport(page, study, first, 'the command');
    const text = await readFile(page, 'utf8');
    expect(text).toContain('| **never so good** |  | ≥ 0 | **missed** |');
    expect(text).toMatch(/\| 30 \| -[\d.]+ \| -[\d.]+ \| – \| -500 \|/);
    expect(text).toContain('- no simulation, seed 0: ');
    const numbers = JSON.parse(await readFile(join(folder, 'small.json'), 'utf8'));
    expect(numbers.units).toEqual(first.units);
    expect(await readFile(join(folder, 'small-figures', 'small.svg'), 'utf8')).toContain('published');
  });

  it('has what taught a policy drive from the same starts, and says how long it thinks', async () => {
    const folder = await temporaryFolder();
    const distil = {
      name: 'distil',
      steps: 30,
      episodesPerRound: 1,
      updatesPerRound: 8,
      candidates: 4,
      horizon: 3,
    };
    const study = PolicyStudyFile.parse({
      ...SMALL,
      base: { ...SMALL.base, algorithm: { ...distil, batchSize: 8, hiddenUnits: 8 } },
      variants: { distilled: {} },
      evaluate: { everySteps: 10, episodes: 2 },
    });
    const run = await runPolicyStudy(study, { host: nodeHost(), folder, cacheFolder: folder, processes: 1 });
    expect(run.failed).toEqual([]);
    const [{ planner, actionMs }] = run.units as [PolicyUnit];
    expect(planner?.returns).toHaveLength(2);
    expect(planner?.p99).toBeGreaterThanOrEqual(planner?.median ?? Number.NaN);
    expect(planner?.median).toBeGreaterThan(actionMs.median);
    const page = join(folder, 'small.md');
    await writePolicyReport(page, study, run, 'the command');
    expect(await readFile(page, 'utf8')).toContain('## Beside its planner');
  });

  it('gives every variant the same seed and starts: an untrained policy returns the same in two of them', async () => {
    const folder = await temporaryFolder();
    const algorithm = { ...SMALL.base.algorithm, steps: 30, randomSteps: 20 };
    const study = PolicyStudyFile.parse({
      ...SMALL,
      base: { ...SMALL.base, algorithm },
      variants: { one: {}, 'other rate': { algorithm: { learningRate: 0.01 } } },
      evaluate: { everySteps: 20, episodes: 2 },
    });
    const { units } = await runPolicyStudy(study, {
      ...{ host: nodeHost(), folder, cacheFolder: folder, processes: 1 },
    });
    const [one, other] = units.map(({ curve }) => curve.flatMap(({ evaluated }) => evaluated ?? []));
    // Before there was an update, and in the end.
    expect(one).toEqual([expect.any(Number), expect.any(Number)]);
    expect(other?.[0]).toBe(one?.[0]);
  });
});

describe('the file of a study of policies', () => {
  it('lets a variant say options of the algorithm one by one', () => {
    const study = PolicyStudyFile.parse(SMALL);
    expect(variantTraining(study, 'two').algorithm).toMatchObject({ steps: 60, updatesPerStep: 2 });
    expect(variantTraining(study, 'one').algorithm).toMatchObject({ steps: 60, updatesPerStep: 1 });
  });

  it.each([
    [
      'an option of a variant',
      { variants: { one: { algorithm: { steps: 0 } } } },
      'variants.one.algorithm.steps',
    ],
    ['the algorithm’s name', { base: {} }, 'variants.one.algorithm.name'],
    [
      'the variant of a bar',
      { bars: [{ title: 'a', measure: 'evaluated', atLeast: 0, variants: ['three'] }] },
      'bars.0.variants.0',
    ],
    [
      'the variant that a bar is relative to',
      { bars: [{ title: 'a', measure: 'evaluated', atLeast: 0, relativeTo: 'three' }] },
      'bars.0.relativeTo',
    ],
  ])('says where %s is wrong', async (_, wrong, path) => {
    const { error } = PolicyStudyFile.safeParse({ ...SMALL, ...wrong });
    expect(error?.issues[0]?.path.join('.')).toBe(path);
    const file = join(await temporaryFolder(), 'wrong.yaml');
    await writeFile(file, JSON.stringify({ ...SMALL, ...wrong }));
    await expect(readStudy(file)).rejects.toMatchObject({
      code: 'bad-file',
      next: expect.stringContaining('policy-pendulum.yaml'),
    });
  });
});

const point = (
  steps: number,
  evaluated: number | null,
  gradientVariance: number | null = null,
): PolicyPoint => ({
  ...{ steps, updates: steps, return: null, evaluated, value: null, entropy: null },
  ...{ gradientVariance, imaginedReward: null, realReward: null },
});
const unit = (variant: string, seed: number, curve: PolicyPoint[]): PolicyUnit => ({
  ...{ variant, seed, curve, actionMs: { median: 0.1, p99: 0.2 }, wallSeconds: 9, notes: [] },
  ...{ steps: curve.at(-1)?.steps ?? 0, updates: 0, planner: null },
});

describe('bars of policies', () => {
  const study = PolicyStudyFile.parse({ ...SMALL, seeds: [0, 1, 2] });
  const judged = (bar: Record<string, unknown>, units: PolicyUnit[]) =>
    judgePolicyBar(study, PolicyBar.parse({ title: 'bar', variants: ['two'], ...bar }), units).variants[0];

  it('count steps relative to another variant seed by seed, and to all of its steps where it never got there', () => {
    const units = [0, 1, 2].flatMap((seed) => [
      unit('one', seed, [point(100, -900), point(400, seed === 2 ? -900 : -100)]),
      unit('two', seed, [point(50, -900), point(100, -100)]),
    ]);
    const bar = { measure: 'reachedAt', reaches: -200, relativeTo: 'one', atMost: 0.25 };
    expect(judged(bar, units)).toMatchObject({ met: true, value: { median: 0.25, low: 0.25, high: 0.25 } });
  });

  it('are not met by a seed that never got there, nor by one that failed', () => {
    const there = [unit('two', 0, [point(10, -100)])];
    const bar = { measure: 'reachedAt', reaches: -200, atMost: 100 };
    expect(judged(bar, there)).toMatchObject({ met: false, value: { median: Number.POSITIVE_INFINITY } });
    const never = [0, 1, 2].map((seed) => unit('two', seed, [point(10, seed === 0 ? -100 : -300)]));
    expect(judged(bar, never)).toMatchObject({ met: false });
    expect(judged(bar, [])).toEqual({ variant: 'two', value: undefined, met: false });
  });

  it('take the newest evaluation that is not beyond their steps', () => {
    const steps = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 1000 }), (all, at) => {
        const sorted = all.sort((a, b) => a - b);
        const units = [0, 1, 2].map((seed) =>
          unit(
            'two',
            seed,
            sorted.flatMap((one) => [point(one, one), point(one, null)]),
          ),
        );
        const newest = sorted.filter((one) => one <= at).at(-1) ?? Number.NEGATIVE_INFINITY;
        expect(judged({ measure: 'evaluated', at, atLeast: 0 }, units)?.value?.median).toBe(newest);
      }),
    );
  });

  it('know the noise of a gradient by the middle of its curve', () => {
    const units = [0, 1, 2].map((seed) =>
      unit('two', seed, [point(1, null, 5), point(2, null), point(3, null, 9), point(4, null, 7)]),
    );
    expect(judged({ measure: 'gradientVariance', atMost: 7 }, units)).toMatchObject({
      met: true,
      value: { median: 7 },
    });
  });

  it('know by how much one estimator of a gradient varies less than another on the same episodes', () => {
    const compared = (plain: number, rewardToGo: number, baseline: number): PolicyPoint => ({
      ...point(1, null),
      estimatorVariances: { plain, rewardToGo, baseline },
    });
    const units = [0, 1, 2].map((seed) =>
      unit('two', seed, [compared(8, 4, 1), point(2, null), compared(30, 10, 5), compared(5, 5, 1)]),
    );
    expect(judged({ measure: 'plainOverRewardToGo', atLeast: 2 }, units)?.value?.median).toBe(2);
    expect(judged({ measure: 'rewardToGoOverBaseline', atLeast: 4 }, units)?.value?.median).toBe(4);
  });

  it('count what a policy earns more than chance of what its planner does, whatever sign returns have', () => {
    const beside = (own: number, its: number, chance: number) => ({
      ...unit('two', 0, [point(1, -999), point(2, own)]),
      planner: { returns: [its - 10, its + 10], random: [chance - 5, chance + 5], median: 5, p99: 6 },
    });
    const share = (own: number, its: number, chance: number) =>
      judged(
        { measure: 'plannerShare', atLeast: 0.95 },
        [0, 1, 2].map((seed) => ({ ...beside(own, its, chance), seed })),
      );
    expect(share(191, 200, 20)?.value?.median).toBeCloseTo(0.95, 9);
    expect(share(-50, -40, -140)?.value?.median).toBeCloseTo(0.9, 9);
    expect(share(-10, 10, -190)?.value?.median).toBeCloseTo(0.9, 9);
    expect(share(-38, -40, -140)).toMatchObject({ met: true });
    // A planner that is no better than chance says nothing, and a policy that is worse has no share.
    expect(share(5, 20, 30)).toMatchObject({ met: false, value: { median: Number.NEGATIVE_INFINITY } });
    expect(share(10, 200, 20)?.value?.median).toBeLessThan(0);
  });
});
