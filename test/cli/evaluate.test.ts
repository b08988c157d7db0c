import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Evaluation, ModelSummary } from '../../src/shared/model';
import { runCli } from './run-cli';

let folder: string;
const workspace = () => ['--data', join(folder, 'workspace')];

const keptOf = async (name: string): Promise<ModelSummary> => {
  const { stdout } = await runCli('models', '--json', ...workspace());
  return ModelSummary.parse(JSON.parse(stdout).models.find((m: { name: string }) => m.name === name));
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-evaluate-'));
  const ok = async (...args: string[]) =>
    expect(await runCli(...args, ...workspace())).toMatchObject({ code: 0 });
  await ok(
    ...['record', '--rig', 'pendulum-noisy', '--episodes', '4', '--max-steps', '120'],
    ...['--no-termination', '--hold-steps', '4'],
  );
  const quick = ['--last', '0.3', '--epochs', '8', '--hidden-units', '16'];
  await ok('train', '--name', 'several', '--members', '3', ...quick);
  await ok('train', '--name', 'single', '--class', 'gaussian', ...quick);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('foresight evaluate', () => {
  it('prints the verdict on several models side by side, in lines of at most 100 characters', async () => {
    const { code, stdout } = await runCli(
      'evaluate',
      '--model',
      'several',
      'single',
      '--last',
      '0.3',
      ...workspace(),
    );
    expect(code).toBe(0);
    for (const line of stdout.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(100);
    expect(stdout).toMatch(/^several: /);
    expect(stdout).toContain('Error of angle (rad) by steps ahead');
    expect(stdout).toContain('nothing changes');
    expect(stdout).toMatch(
      /Steps ahead before the error passes 50 % of the spread\nchannel +spread +several +single/,
    );
    expect(stdout).toContain('Negative log-likelihood of one step');
    expect(stdout).toContain('Worst stretches');
    expect(stdout).toContain('A single network cannot tell what it does not know');
  });

  it('writes one document of one model, with the horizons and the fraction that were asked for, and figures', async () => {
    const figures = join(folder, 'figures');
    const { code, stdout } = await runCli(
      ...[
        'evaluate',
        '--model',
        'several',
        '--last',
        '0.3',
        '--horizons',
        '1,4,20',
        '--trusted-fraction',
        '0.2',
      ],
      ...['--figures', figures, '--json', ...workspace()],
    );
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    const evaluation = Evaluation.parse(document);
    expect(evaluation.horizons).toEqual([1, 4, 20]);
    expect(evaluation.report?.trustedFraction).toBe(0.2);
    expect(document).toMatchObject({ model: 'several', hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((await readdir(figures)).sort()).toEqual(
      ['coverage-several', 'error', 'reliability', 'uncertainty-several'].flatMap((n) => [
        `${n}.png`,
        `${n}.svg`,
      ]),
    );
    expect(document.figures).toHaveLength(8);
    expect(evaluation.judgedOn).toMatchObject({ kind: 'unseen', episodes: 4, steps: 4 * 36 });
    // Training judged it on as much and more horizons; what is asked for besides is no new verdict.
    const kept = await keptOf('several');
    expect(kept.evaluation?.horizons).toContain(200);
    expect(kept.recalibration).toHaveLength(2);
  });

  it('says of steps that were learned from that this is no test', async () => {
    const { stdout } = await runCli('evaluate', '--model', 'several', '--episodes', '3,1', ...workspace());
    expect(stdout).toMatch(/^(Not tested: it was only judged|Do not plan)/);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'Judged on 240 steps of 2 episodes, all or some of which it learned from.',
    );
  });

  it('names a model that is not there, and a horizon that cannot be', async () => {
    const missing = await runCli('evaluate', '--model', 'several', 'nobody', ...workspace());
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('There is no model "nobody"');
    const wrong = await runCli('evaluate', '--model', 'several', '--horizons', '0,5', ...workspace());
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('--horizons');
  });
});
