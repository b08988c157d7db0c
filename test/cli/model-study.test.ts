import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StudyUnit } from '../../src/shared/model-study';
import { runCli, startCli } from './run-cli';

const STUDY = `
schema: foresight.model-study/1
name: tiny
title: A tiny study
sources:
  - name: pendulum
    record: { rig: pendulum, train: { episodes: 2, steps: 100 }, test: { episodes: 4, steps: 100 } }
    withhold: { angle: [0, 1] }
  - name: gone
    csv: { files: [gone.csv], time: t, observations: [q], actions: [u] }
    withhold: { q: [0, 1] }
options: { epochs: 2, batchSize: 64 }
measures: [errors, auroc]
horizons: [1, 10]
variants:
  ensemble: &ensemble { class: { name: ensemble, members: 2, hiddenUnits: 8 } }
  smoother: { <<: *ensemble, class: { name: gaussian, hiddenUnits: 8 } }
bars:
  - { title: It separates, measure: aurocEpistemic, variants: [ensemble], atLeast: 0 }
seeds: [4]
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-model-study-'));
  await writeFile(join(folder, 'tiny.yaml'), STUDY);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const experiment = (...more: string[]) => [
  ...['experiment', join(folder, 'tiny.yaml'), '--data', join(folder, 'data')],
  ...more,
];

describe('a study of models', () => {
  it('ends with a report of every variant; run again it takes what it has', async () => {
    const report = join(folder, 'out', 'tiny.md');
    const first = await runCli(...experiment('--json', '--report', report));
    expect(first.stderr).toContain('"gone" is left out');
    expect(first.code).toBe(0);
    const [{ units, bars }] = JSON.parse(first.stdout).studies;
    const parsed = units.map((unit: unknown) => StudyUnit.parse(unit)) as StudyUnit[];
    expect(parsed.map(({ source, variant, seed }) => [source, variant, seed])).toEqual([
      ['pendulum', 'ensemble', 4],
      ['pendulum', 'smoother', 4],
    ]);
    const [ensemble, gaussian] = parsed;
    expect(ensemble?.channels.map(({ error }) => error.length)).toEqual([2, 2]);
    expect(ensemble?.auroc?.epistemic).toBeGreaterThanOrEqual(0);
    expect(ensemble!.auroc!.inside).toBeGreaterThan(0);
    expect(gaussian?.auroc?.epistemic).toBeNull();
    expect(bars).toMatchObject([{ title: 'It separates', met: true }]);

    const markdown = await readFile(report, 'utf8');
    expect(markdown).toContain('A tiny study');
    expect(markdown).toContain(`experiment ${join(folder, 'tiny.yaml')} --report ${report}`);
    const files = await readdir(join(folder, 'out', 'tiny-figures'));
    expect(files.sort()).toEqual(
      ['auroc.png', 'auroc.svg', 'error.png', 'error.svg'].map((name) => `tiny-pendulum-${name}`),
    );

    const again = await runCli(...experiment('--json', '--report', report));
    // What training took would differ if it had been done again.
    expect(JSON.parse(again.stdout).studies[0].units).toEqual(units);
    expect(await readFile(report, 'utf8')).toBe(markdown);
  });

  it('without --report writes into the workspace and says where', async () => {
    const { code, stdout } = await runCli(...experiment());
    expect(code).toBe(0);
    const file = join(folder, 'data', 'studies', 'tiny.md');
    expect(stdout).toContain(file);
    expect((await stat(file)).size).toBeGreaterThan(0);
    expect(stdout).toContain('met');
  });

  it('with an impossible option names the field', async () => {
    const file = join(folder, 'bad.yaml');
    await writeFile(file, STUDY.replace('members: 2', 'members: 0'));
    const { code, stderr } = await runCli('experiment', file, '--data', join(folder, 'bad'));
    expect(code).toBe(1);
    expect(stderr).toContain('variants.ensemble.class.members');
  });

  it('does not go into one page with a study of control', async () => {
    const { code, stderr } = await runCli(
      ...['experiment', join(folder, 'tiny.yaml'), 'docs/experiments/balance.yaml'],
      ...['--data', join(folder, 'both'), '--report', join(folder, 'both.md')],
    );
    expect(code).toBe(2);
    expect(stderr).toContain('one report');
  });

  it('is stopped by Ctrl-C, keeps what is finished, and goes on from there', async () => {
    const file = join(folder, 'long.yaml');
    const long = STUDY.replace(
      '  smoother: { <<: *ensemble,',
      '  smoother: { <<: *ensemble, epochs: 100000, patience: 100000,',
    );
    await writeFile(file, long.replace('name: tiny', 'name: long'));
    const { child, done } = startCli(['experiment', file, '--data', join(folder, 'long'), '--jobs', '1']);
    const half = new Promise<void>((resolve) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        // "gone" is not there, so that the first of two trainings is one half.
        if (chunk.includes('1/2')) resolve();
      });
    });
    await Promise.race([half, done]);
    child.kill('SIGINT');
    const { code, stderr } = await done;
    expect(code).toBe(1);
    expect(stderr).toContain('what was finished is kept');
    const kept = await readdir(join(folder, 'long', 'studies', 'long'));
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatch(/^pendulum-ensemble-4-/);
  });
});
