import { describe, expect, it } from 'vitest';
import { NO_COMMANDS } from '../../src/main/control/controllers';
import { ManualClock } from './manual-clock';
import { begin, memoryLoop, stream } from './memory-rig';

const jog = (action: number, seconds: number, more = {}) => ({
  kind: 'jog' as const,
  action: [action],
  seconds,
  thenHold: true,
  ...more,
});

function realtime(changes: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  const rig = memoryLoop(clock, 'realtime', changes);
  stream(clock, rig.driver);
  return { clock, ...rig };
}

describe('a rig that is driven by commands that follow each other', () => {
  it('executes and records each until the next, and holds when none comes any more, with why', async () => {
    const { clock, loop, of, driver } = realtime();
    await clock.run(1);
    await loop.begin(begin({ controller: jog(0.1, 0.3) }));
    for (let k = 0; k < 10; k++) {
      loop.control(jog(k / 10, 0.3));
      await clock.run(0.1);
    }
    await clock.run(1);
    const rows = of('tick');
    expect(new Set(rows.slice(0, -1).map((row) => row.action[0]))).toEqual(
      new Set(Array.from({ length: 10 }, (_, k) => k / 10)),
    );
    expect(of('ended')).toMatchObject([{ reason: 'held', message: `Ended by a hold: ${NO_COMMANDS}` }]);
    expect(loop.state).toMatchObject({ phase: 'held', readback: { halted: true } });
    const after = driver.sent.length;
    await clock.run(1);
    expect(driver.sent).toHaveLength(after);
  });

  it('holds outside episodes as well, instead of going to its hold action', async () => {
    const { clock, loop, driver } = realtime({
      actions: [{ name: 'u', unit: 'm', limits: [-1, 1], hold: 0.8, actuator: 'u' }],
    });
    await clock.run(1);
    loop.control(jog(-0.5, 0.3, { from: [-0.5] }));
    await clock.run(1);
    expect(new Set(driver.sent.map(({ values }) => values[0]))).toEqual(new Set([-0.5]));
    expect(loop.state.phase).toBe('held');
  });

  it('changes from where it stands at its rate, not from its hold action', async () => {
    const { clock, loop, driver } = realtime({
      actions: [{ name: 'u', unit: 'm', limits: [-1, 1], hold: 0.8, ratePerSecond: 1, actuator: 'u' }],
    });
    await clock.run(1);
    loop.control(jog(-0.5, 0.25, { from: [-0.6] }));
    await clock.run(0.2);
    expect(driver.sent[0]?.values[0]).toBeCloseTo(-0.58, 9);
    expect(driver.sent.at(-1)?.values[0]).toBe(-0.5);
  });

  it('begins an episode where it stands, without a reset, and stays where it is when that ends', async () => {
    const { clock, loop, driver, of } = realtime({
      actions: [{ name: 'u', unit: 'm', limits: [-1, 1], hold: 0.8, ratePerSecond: 1, actuator: 'u' }],
    });
    await clock.run(1);
    await loop.begin(begin({ controller: jog(-0.6, 10), stay: [-0.6], maxSteps: 10 }));
    await clock.run(1);
    expect(driver.calls).not.toContain('reset');
    expect(
      of('tick')
        .slice(0, -1)
        .map(({ action }) => action[0]),
    ).toEqual(new Array(10).fill(-0.6));
    expect(driver.sent.at(-1)?.values).toEqual([-0.6]);
    expect(driver.sent).toHaveLength(10);
  });

  it('is not moved by a hand while it is on its way to its start', async () => {
    const { clock, loop, driver } = realtime();
    await clock.run(1);
    let arrived = () => {};
    driver.resetGate = new Promise((resolve) => {
      arrived = resolve;
    });
    const begun = loop.begin(begin({ controller: jog(0, 0.3) }));
    loop.control(jog(1, 0.3));
    await clock.run(0.2);
    expect(driver.sent).toEqual([]);
    arrived();
    await begun;
  });
});

describe('actions that are known beforehand', () => {
  it('are executed one a step, and the rig stays where the last of them left it', async () => {
    const { clock, loop, driver, of } = realtime();
    await clock.run(1);
    const actions = Array.from({ length: 20 }, (_, k) => [k / 20]);
    await loop.begin(begin({ controller: { kind: 'replay', actions }, maxSteps: 20 }));
    await clock.run(1);
    expect(
      of('tick')
        .slice(0, -1)
        .map(({ action }) => action),
    ).toEqual(actions);
    expect(driver.sent.at(-1)?.values).toEqual([19 / 20]);
  });
});
