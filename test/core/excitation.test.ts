import { expect, it } from 'vitest';
import { BALANCE, RANDOM_MOTION, withTestCore } from './workspace';

it('records what a rig does under every excitation, with the excitation in its log', async () => {
  await withTestCore(async (core) => {
    await core.rig.connect({ ...BALANCE, rig: 'pendulum' });
    for (const [method, words] of [
      ['prbs', 'pseudo-random binary sequence'],
      ['multisine', 'multisine'],
      ['ou', 'Ornstein–Uhlenbeck noise'],
      ['walk', 'random walk'],
    ] as const) {
      const [outcome] = await core.activity.record({
        ...RANDOM_MOTION,
        excitation: { method, bandwidth: 2 },
        channels: { torque: { amplitude: 0.5 } },
        maxSteps: 60,
      });
      const { id, source, steps } = outcome!.summary;
      expect([source, steps]).toEqual(['random', 60]);
      const actions = [...(await core.log.columns(id)).actions].slice(0, -1);
      expect(actions.every((action) => Math.abs(action) <= 1)).toBe(true);
      expect(new Set(actions).size).toBeGreaterThan(1);
      if (method === 'prbs') expect(new Set(actions)).toEqual(new Set([-1, 1]));
      const events = await core.log.events(id);
      expect(events[0]?.message).toBe(`Excitation: ${words}; torque 50 % of its range, 2 Hz.`);
    }
  });
});

it('refuses what the rig cannot be asked for, in words', async () => {
  await withTestCore(async (core) => {
    await core.rig.connect({ ...BALANCE, rig: 'pendulum' });
    const refused = (more: object) => () => core.activity.record({ ...RANDOM_MOTION, ...more });
    expect(refused({ excitation: { method: 'prbs', bandwidth: 11 } })).toThrow(
      'The bandwidth of channel "torque" is above half of the control rate, 10 Hz.',
    );
    expect(refused({ excitation: { method: 'ou' }, channels: { knee: {} } })).toThrow(
      '"pendulum" has no action channel "knee".',
    );
    expect(refused({ channels: { torque: { seed: 1 } } })).toThrow('cannot have its own');
    expect(refused({ excitation: { method: 'multisine', bandwidth: 10, lowest: 1e-5 } })).toThrow('too many');
  });
});
