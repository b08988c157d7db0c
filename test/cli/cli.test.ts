import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { TrialRow } from '../../src/shared/study';
import { patientRig } from '../rig/patient-rig';
import { runCli, startCli } from './run-cli';

// Each command starts a Node process of its own and some start several more; a loaded machine takes its time.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const workspace = (name: string) => ['--data', join(folder, name)];

describe('wrong use', () => {
  it.each([
    ['an unknown command', ['levitate'], 'levitate'],
    ['an option out of its range', ['record', '--episodes', '0'], '--episodes'],
    ['a missing option', ['run'], '--model'],
    [
      'an option that the chosen planner does not have a value for',
      ['run', '--model', 'm', '--select', 'x', '--planner', 'random-shooting'],
      'select',
    ],
  ])('of %s ends with code 2 and a sentence that names it', async (_what, args, named) => {
    const { code, stdout, stderr } = await runCli(...args, ...workspace('unused'));
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(named);
    expect(stderr).not.toContain('    at ');
  });
});

describe('failures', () => {
  it('end with code 1 and one sentence with what to do next, without a stack', async () => {
    const { code, stdout, stderr } = await runCli('record', '--rig', '/nowhere', ...workspace('failures'));
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^foresight: .*\/nowhere.*\.\n$/);
  });

  it('show where they come from with --debug', async () => {
    const { stderr } = await runCli('record', '--rig', '/nowhere', '--debug', ...workspace('failures'));
    expect(stderr).toContain('    at ');
  });

  it('of a rig file name the field and what was expected', async () => {
    const rig = join(folder, 'bad-rig');
    const good = JSON.parse(await readFile('resources/rigs/pendulum/rig.json', 'utf8'));
    good.observations[1].unit = 3;
    await mkdir(rig);
    await writeFile(join(rig, 'rig.json'), JSON.stringify(good));
    const { code, stderr } = await runCli('rig', 'check', rig);
    expect(code).toBe(1);
    expect(stderr).toContain('observations[1].unit');
  });

  it('of an experiment file name the field', async () => {
    const file = join(folder, 'bad.experiment.yaml');
    await writeFile(file, 'schema: foresight.experiment/1\nname: bad\ntrials: many\n');
    const { code, stderr } = await runCli('experiment', file, ...workspace('experiment'));
    expect(code).toBe(1);
    expect(stderr).toContain('trials');
  });

  it('of an experiment file that is not there say so', async () => {
    const { code, stderr } = await runCli('experiment', 'nowhere.yaml', ...workspace('experiment'));
    expect(code).toBe(1);
    expect(stderr).toContain('There is no file nowhere.yaml, where an experiment file was expected.');
  });
});

describe('--json', () => {
  it('puts one document on stdout and nothing else there', async () => {
    const recorded = await runCli('record', '--episodes', '2', '--json', ...workspace('json'));
    expect(recorded.code).toBe(0);
    const { episodes } = JSON.parse(recorded.stdout);
    expect(episodes.map((e: { endedBy: string }) => e.endedBy)).toEqual(['termination', 'termination']);
    const listed = JSON.parse((await runCli('episode', 'list', '--json', ...workspace('json'))).stdout);
    expect(listed.episodes.map((e: { id: number }) => e.id)).toEqual(
      episodes.map((e: { id: number }) => e.id),
    );
  });

  it('of a demo holds what scripts rely on, and the exported model is there', async () => {
    const { code, stdout } = await runCli(
      'demo',
      '--trials',
      '1',
      '--seed',
      '4',
      '--json',
      ...workspace('demo'),
    );
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ workspace: join(folder, 'demo') });
    const trials = document.trials.map((row: unknown) => TrialRow.parse(row));
    expect(trials.map((t: TrialRow) => t.trial)).toEqual([0, 1]);
    expect(trials[1].transitions).toBeGreaterThan(trials[0].transitions);
    expect(trials[1].modelError['1']).toBeGreaterThan(0);
    const exported = await readFile(document.model);
    expect(exported.includes('pole_angle')).toBe(true);
  });

  it('of a study holds a curve for every seed, and the study it ran is kept beside its data', async () => {
    const file = join(folder, 'short.experiment.yaml');
    await writeFile(
      file,
      'schema: foresight.experiment/1\nname: short\nrig: cartpole-balance\ntrials: 1\nmodel: { epochs: 3 }\nseeds: [0, 1]\n',
    );
    const { code, stdout } = await runCli('experiment', file, '--json', ...workspace('study'));
    expect(code).toBe(0);
    const { runs } = JSON.parse(stdout);
    expect(runs.map((r: { seed: number; curve: unknown[] }) => [r.seed, r.curve.length])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    const kept = JSON.parse(await readFile(join(folder, 'study', 'short-seed-1', 'study.json'), 'utf8'));
    expect(kept).toMatchObject({ name: 'short', seeds: [1], model: { epochs: 3 } });
  });
});

describe('a rig that comes to hold by itself', () => {
  let rig: string;
  beforeAll(async () => {
    rig = join(folder, 'narrow');
    await cp('resources/rigs/pendulum', rig, { recursive: true });
    const file = JSON.parse(await readFile(join(rig, 'rig.json'), 'utf8'));
    file.observations[1].limits = [-2, 2];
    file.safety = { holdOutsideLimits: true };
    await writeFile(join(rig, 'rig.json'), JSON.stringify(file));
  });
  const WHY =
    /was cut short.* Ended by a hold: velocity is at .*, outside its limits -2 to 2\. The rig has confirmed that it holds\. What was recorded is in the workspace\./;

  it.each([
    ['record', []],
    [
      'run',
      ['--dynamics', 'simulator', '--planner', 'random-shooting', '--horizon', '2', '--candidates', '4'],
    ],
  ])('fails %s, which says why and shows what was kept', async (command, options) => {
    const kept = workspace(`held-${command}`);
    const asked = [command, '--rig', rig, '--episodes', '9', ...options];
    const { code, stdout, stderr } = await runCli(...asked, '--json', ...kept);
    expect(code).toBe(1);
    expect(stderr).toMatch(WHY);
    const episodes: { id: number; endedBy: string; state: string }[] = JSON.parse(stdout).episodes;
    expect(episodes.length).toBeLessThan(9);
    expect(episodes.at(-1)).toMatchObject({ endedBy: 'held', state: 'interrupted' });
    const listed = JSON.parse((await runCli('episode', 'list', '--json', ...kept)).stdout);
    expect(listed.episodes.map(({ id }: { id: number }) => id)).toEqual(episodes.map(({ id }) => id));
  });

  it('fails a study, which begins no further seed', async () => {
    const file = join(folder, 'held.experiment.yaml');
    const study = ['schema: foresight.experiment/1', 'name: held', `rig: ${rig}`, 'seeds: [0, 1]', ''];
    await writeFile(file, study.join('\n'));
    const { code, stdout, stderr } = await runCli('experiment', file, '--json', ...workspace('held-study'));
    expect(code).toBe(1);
    expect(stderr).toMatch(WHY);
    expect(JSON.parse(stdout).runs).toMatchObject([{ study: 'held', seed: 0 }]);
  });
});

describe('Ctrl-C', () => {
  it('is an e-stop: the episode is kept as interrupted and the command fails with a sentence', async () => {
    const data = join(folder, 'ctrl-c');
    const rig = patientRig(data, 'pendulum');
    const { child, done } = startCli([
      ...['record', '--rig', rig, '--realtime', '--max-steps', '1000000'],
      ...workspace('ctrl-c'),
    ]);
    const rows = async () => {
      const log = await openLog(data, { readonly: true });
      return log
        .columns(1)
        .then(
          (columns) => columns.rows,
          () => 0, // not there yet
        )
        .finally(() => log.close());
    };
    await expect.poll(rows, { interval: 300 }).toBeGreaterThan(0);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await done;
    expect(code).toBe(1);
    expect(stderr).toContain('Stopped by Ctrl-C. The rig has confirmed that it holds.');
    expect(stdout).toContain('stopped');
    const { episodes } = JSON.parse(
      (await runCli('episode', 'list', '--json', ...workspace('ctrl-c'))).stdout,
    );
    expect(episodes.map((e: { state: string }) => e.state)).toEqual(['interrupted']);
  });
});
