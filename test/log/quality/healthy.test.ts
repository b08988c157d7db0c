import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadRig } from '../../../src/main/rig';
import { openMujocoDriver } from '../../../src/main/rig/drivers/mujoco/driver';
import { Random } from '../../../src/shared/random';
import { rigChannels } from '../../../src/shared/rig-channels';
import { blank, channel, flagsOf, kinds, type Recorded } from './looked';

const RIGS = fileURLToPath(new URL('../../../resources/rigs', import.meta.url));
const STEPS = 250;

/** Random motion of a built-in rig, from its start. */
async function randomMotion(name: string, seed: number): Promise<Recorded> {
  const rig = await loadRig(name);
  const driver = await openMujocoDriver(rig, 'lockstep', seed);
  const { observations, actions } = rigChannels(rig.file);
  const recorded = blank(STEPS + 1, observations, actions, rig.file.periodSeconds);
  const { columns } = recorded;
  const random = new Random(seed);
  let observation = await driver.reset(seed);
  const start = observation.deviceSeconds;
  for (let row = 0; row <= STEPS; row++) {
    columns.observations.set(observation.values, row * observations.length);
    columns.deviceSeconds[row] = observation.deviceSeconds - start;
    columns.hostSeconds[row] = observation.deviceSeconds - start;
    if (row === STEPS) break;
    const action = Float64Array.from(actions, ({ limits }) => random.uniformIn(...(limits ?? [-1, 1])));
    columns.actions.set(action, row * actions.length);
    observation = driver.advance?.(action) ?? observation;
  }
  await driver.close();
  return recorded;
}

/** A goal is one number for an episode, and a puck or a cube that nothing meets lies still; that is told where they move in others. */
const MAY_REST = /^(constant (goal|puck|cube)|frozen cube(_\d)?)_([xyz]|angle|radius)$/;
/** A cube that is taken is lifted within a period, and the hand that met it or a bin is bumped, as are its fingers: that did happen. */
const MAY_JERK = /^jerk (cube(_\d)?_[xyz]|wrist_(pitch|roll|yaw|\d)|opening)$/;

const mayBe = (kind: string) => MAY_REST.test(kind) || MAY_JERK.test(kind);

describe('a healthy episode', () => {
  const names = readdirSync(RIGS).filter((name) => {
    const file = join(RIGS, name, 'rig.json');
    return existsSync(file) && readFileSync(file, 'utf8').includes('"driver": "mujoco"');
  });

  it.each(names)('of the rig %s has no flag but for what may rest or be bumped in it', async (name) => {
    for (const seed of [1, 2]) {
      const found = kinds(flagsOf(await randomMotion(name, seed)));
      expect(found.filter((kind) => !mayBe(kind))).toEqual([]);
    }
  });
});

/** Logs of a real arm, where they are at hand: q, dq and tau at irregular times, as they are. */
const ARM = fileURLToPath(new URL('../../../../shared/data/franka-joint', import.meta.url));

describe.runIf(existsSync(ARM))('a log of a real arm', () => {
  it.each(['joint2-middle', 'joint2-slow', 'joint7-slow'])('%s is not covered with flags', (name) => {
    const lines = readFileSync(join(ARM, `${name}.csv`), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    const rows = lines.map((line) => line.split(',').map(Number));
    const recorded = blank(
      rows.length,
      [channel('q', 'rad'), channel('dq', 'rad/s')],
      [channel('tau', 'N m')],
      0.003,
    );
    rows.forEach(([time = 0, q = 0, dq = 0, tau = 0], row) => {
      recorded.columns.hostSeconds[row] = time;
      recorded.columns.deviceSeconds[row] = time;
      recorded.columns.observations.set([q, dq], row * 2);
      recorded.columns.actions[row] = tau;
    });
    // What is irregular about its times is true.
    expect(kinds(flagsOf(recorded)).filter((kind) => !kind.startsWith('late'))).toEqual([]);
  });
});
