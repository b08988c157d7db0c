import { beforeAll, describe, expect, it } from 'vitest';
import { requirePassed, runChecks } from '../../src/main/core/run-checks';
import { loadRig } from '../../src/main/rig';
import type { RigFile } from '../../src/shared/rig';
import type { MotorState } from '../../src/shared/safety/health';
import type { LinkState } from '../../src/shared/telemetry';

let so101: RigFile;
let pendulum: RigFile;
let cartpole: RigFile;
beforeAll(async () => {
  so101 = (await loadRig('so101')).file;
  pendulum = (await loadRig('dynamixel-pendulum')).file;
  cartpole = (await loadRig('cartpole-serial')).file;
});

const motor = (name: string, id: number, change: Partial<MotorState> = {}): MotorState => ({
  ...{ name, id, torque: true, goal: 0, position: 0, current: 0.1, voltage: 12, temperature: 30 },
  ...{ confirmedMs: 9, doubt: null, ...change },
});
const link = (change: Partial<LinkState> = {}): LinkState => ({
  ...{ phase: 'ready', reason: 'Ready.', info: null, error: null, jitter: null },
  readback: { torque: true, halted: false, applied: [] },
  counters: { packets: 10_000, badChecksum: 0 },
  health: { observationAgeMs: 20, outside: [], deadMan: { wanted: false, held: false } },
  motors: [motor('shoulder_pan', 1), motor('elbow_flex', 3, { temperature: 41 })],
  ...change,
});
const found = (rig: RigFile, state: LinkState, mode: 'realtime' | 'lockstep' = 'realtime') =>
  Object.fromEntries(runChecks(rig, { link: state, mode }).map((check) => [check.id, check]));

describe('what is looked at before a rig moves', () => {
  it('says of each what was found', () => {
    const checks = found(so101, link());
    expect(Object.values(checks).map(({ found: words }) => words)).toEqual([
      'The rig obeys commands.',
      'Nothing was lost on the link.',
      'Observations come.',
      'Every joint is within its limits.',
      '2 motors exert torque, the hottest at 41 °C.',
      'The motors have no watchdog: without this computer they go to their last goal, no farther than a step, and stay there.',
    ]);
    expect(() => requirePassed(Object.values(checks))).not.toThrow();
    expect(found(pendulum, link()).watchdog).toMatchObject({ result: 'passed' });
    expect(found(pendulum, link({ readback: null })).watchdog).toMatchObject({ result: 'refused' });
  });

  it('refuses motors without torque, with a bad supply, or that have not confirmed', () => {
    const motors = [
      motor('shoulder_pan', 1, { torque: false }),
      motor('elbow_flex', 3, { doubt: 'its goal is another place' }),
      motor('gripper', 6, { voltage: 7.5 }),
    ];
    const check = found(so101, link({ motors })).motors!;
    expect(check).toMatchObject({
      result: 'refused',
      found:
        '"shoulder_pan" (motor 1) exerts no torque. "elbow_flex" (motor 3): its goal is another place. "gripper" (motor 6) has 7.5 V, the others 12.0 V.',
    });
    expect(() => requirePassed([check])).toThrow(
      /^The rig does not begin to move: "shoulder_pan" \(motor 1\)/,
    );
  });

  it('tells losses on the link, old observations, and a dead-man key that nobody holds', () => {
    const result = (state: Partial<LinkState>, id: string) => found(so101, link(state))[id]?.result;
    expect(result({ counters: { packets: 10_000, badChecksum: 4 } }, 'link')).toBe('passed');
    expect(result({ counters: { packets: 10_000, badChecksum: 400 } }, 'link')).toBe('remark');
    expect(result({ counters: { packets: 10_000, badChecksum: 900 } }, 'link')).toBe('refused');
    const health = (change: Partial<NonNullable<LinkState['health']>>) => ({
      health: { ...link().health!, ...change },
    });
    expect(result(health({ observationAgeMs: 1200 }), 'observation')).toBe('refused');
    expect(result(health({ observationAgeMs: null }), 'observation')).toBe('refused');
    expect(result({}, 'dead-man')).toBeUndefined();
    expect(result(health({ deadMan: { wanted: true, held: false } }), 'dead-man')).toBe('refused');
    expect(result(health({ deadMan: { wanted: true, held: true } }), 'dead-man')).toBe('passed');
  });

  it('says which calibration is in force, remarks on none, and refuses motors that hold another one', () => {
    const info = (change: { version?: number | null; mismatch?: string | null }) =>
      link({
        info: {
          ...{ name: 'so101', version: '1', link: 'simulated' },
          calibration: {
            ...{ device: { kind: 'motors', name: '1-6' } as const, version: 3, madeAt: null, mismatch: null },
            ...change,
          },
        },
      });
    expect(found(so101, link()).calibration).toBeUndefined();
    expect(found(so101, info({})).calibration).toMatchObject({
      result: 'passed',
      found: 'Version 3 of the calibration is in force.',
    });
    expect(found(so101, info({ version: null })).calibration).toMatchObject({ result: 'remark' });
    expect(found(so101, info({ mismatch: 'Motor 2 holds another offset.' })).calibration).toMatchObject({
      result: 'refused',
      found: 'Motor 2 holds another offset.',
    });
  });

  it('remarks on a rig outside its limits that its reset brings back, and refuses another one', () => {
    const outside = { health: { ...link().health!, outside: ['gripper is at 2 rad, beyond its limits.'] } };
    expect(found(so101, link(outside)).limits).toMatchObject({ result: 'remark' });
    // A cart-pole has fallen after most of its episodes.
    expect(found(cartpole, link({ ...outside, motors: [] })).limits).toMatchObject({ result: 'remark' });
    const motors = Object.fromEntries(
      Object.entries(so101.servos!.motors).map(([name, one]) => [name, { ...one, start: undefined }]),
    );
    const stays = { ...so101, servos: { ...so101.servos!, motors } };
    expect(found(stays, link(outside)).limits).toMatchObject({
      ...{ result: 'refused', next: 'Jog it back to where it may be.' },
      found: 'gripper is at 2 rad, beyond its limits.',
    });
  });

  it('asks a simulation in lockstep only whether it was stopped', () => {
    expect(Object.keys(found(so101, link(), 'lockstep'))).toEqual(['phase']);
    expect(found(so101, link({ phase: 'held', reason: 'Held.' }), 'lockstep').phase).toMatchObject({
      result: 'refused',
      found: 'The rig does not move now: Held.',
    });
  });
});
