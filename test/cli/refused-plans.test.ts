import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPlannerOptions, plannerOptions } from '../../src/main/cli/options';
import { type Core, createCore } from '../../src/main/core';
import { nodeHost } from '../../src/main/processes/node-host';
import { builtInRigsFolder } from '../../src/main/rig/files';
import { TrainInput } from '../../src/shared/contract';
import type { ForesightError } from '../../src/shared/errors';
import { RANDOM_MOTION } from '../core/workspace';
import { runCli } from './run-cli';

// Processes of their own are started, and a loaded machine takes its time.

let folder: string;
/** The same pendulum, whose motor knows full force either way and none. */
let switched: string;
let model: string;
let core: Core;
/** Among flags: on that pendulum. */
const SWITCHED = 'switched';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-refused-'));
  switched = join(folder, 'switched');
  await cp(join(builtInRigsFolder(), 'pendulum'), switched, { recursive: true });
  const rig = JSON.parse(await readFile(join(switched, 'rig.json'), 'utf8'));
  rig.actions[0].values = [-2, 0, 2];
  await writeFile(join(switched, 'rig.json'), JSON.stringify(rig));
  core = await createCore({
    ...{ folder: join(folder, 'workspace'), host: nodeHost(), hostKind: 'node', version: 'test' },
  });
  await core.rig.connect({ rig: 'pendulum', mode: 'lockstep', seed: 0 });
  await core.activity.record({ ...RANDOM_MOTION, maxSteps: 60 });
  const options = { class: { name: 'ensemble', members: 2, elites: 2, hiddenUnits: 8 }, epochs: 1 };
  const training = await core.models.trainings.train(TrainInput.parse({ options }), undefined, 'errors');
  model = (await training.done).hash;
});
afterAll(async () => {
  await core.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a run whose plans cannot be made', () => {
  const oracle = ['--dynamics', 'simulator'];
  it.each([
    [
      'the worst member where members change at every step',
      ['--objective', 'worst-member', '--particles', '2'],
      /one member all along\. Choose members "fixed" and 2 particles/,
    ],
    [
      'the worst member of futures that are dealt unevenly',
      ['--objective', 'worst-member', '--members', 'fixed', '--particles', '3'],
      /equally many particles, which 3 cannot be\. Choose 2 particles/,
    ],
    ['CVaR of one future', ['--objective', 'cvar'], /there is one\. Choose 2 particles or more/],
    [
      'CVaR by a planner that follows slopes',
      ['--planner', 'ilqr', '--objective', 'cvar', '--particles', '4'],
      /iLQR cannot plan for the objective "cvar".* Use the objective "mean", or plan with mppi/,
    ],
    [
      'iLQR where an action takes single values',
      [SWITCHED, '--planner', 'ilqr'],
      /single values only, and iLQR needs.*\. Plan with mppi/,
    ],
    [
      'a reward that the model has not learned',
      ['--reward', 'learned'],
      /has not learned the reward.*\. Plan with the task's formula/,
    ],
    ['a learned reward on the simulator', [...oracle, '--reward', 'learned'], /simulator.*reward.*\. .*task/],
    [
      'slopes of a simulator',
      [...oracle, '--planner', 'gradient-shooting'],
      /a simulator has none\. Plan on the simulator with mppi/,
    ],
  ])('is refused before the rig moves, with what to do: %s', async (_what, flags, sentence) => {
    const rig = flags[0] === SWITCHED ? switched : 'pendulum';
    const command = addPlannerOptions(new Command('run')).exitOverride();
    const given = flags.filter((flag) => flag !== SWITCHED);
    const options = plannerOptions(command.parse(given, { from: 'user' }).opts());
    await core.rig.connect({ rig, mode: 'lockstep', seed: 0 });
    const refused: unknown = await core.activity.run({ model, ...options }).catch((error) => error);
    expect(refused).toMatchObject({ name: 'ForesightError', code: 'wrong-use' });
    const { message, next } = refused as ForesightError;
    expect(`${message} ${next}`).toMatch(sentence);
    // Nothing but the episode that the model was learned from.
    expect(await core.log.episodes()).toHaveLength(1);
  });

  it('ends the command with code 2 and the same sentence', async () => {
    const flags = ['--dynamics', 'simulator', '--planner', 'gradient-shooting'];
    const run = await runCli('run', '--rig', 'pendulum', ...flags, '--data', join(folder, 'command'));
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/a simulator has none\. Plan on the simulator with mppi/);
    expect(run.stderr).not.toContain('    at ');
  });
});
