import { describe, expect, it } from 'vitest';
import { ForesightError } from '../../src/shared/errors';
import { ManualClock, settled } from './manual-clock';
import { begin, memoryLoop, stream } from './memory-rig';

const PLANNED = { kind: 'planned', missedPlansToHold: 3 } as const;

function realtime(changes: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  const rig = memoryLoop(clock, 'realtime', changes);
  return { clock, ...rig, device: stream(clock, rig.driver) };
}

const plan = (planId: number, firstStep: number, actions: number[][]) =>
  ({ type: 'plan', episode: 1, planId, firstStep, actions, planMs: 3 }) as const;

describe('the loop in real time', () => {
  it('shows the rig about 30 times a second while nothing runs, and commands nothing', async () => {
    const { clock, of, driver } = realtime();
    await clock.run(2);
    expect(of('live').length).toBeGreaterThanOrEqual(45);
    expect(of('live').length).toBeLessThanOrEqual(65);
    expect(driver.sent).toEqual([]);
    expect(of('state').length).toBeGreaterThanOrEqual(3);
  });

  it('executes one action a period from observations that are a tenth of a period old', async () => {
    const { clock, loop, of, driver } = realtime();
    await clock.run(1.007);
    await loop.begin(begin({ maxSteps: 100 }));
    await clock.run(2.1);
    const rows = of('tick');
    expect(rows).toHaveLength(101);
    expect(of('ended')).toMatchObject([{ reason: 'asked', rows: 101 }]);
    expect(rows.flatMap((row) => row.events)).toEqual([]);
    for (const [k, row] of rows.entries()) {
      expect(row.hostSeconds).toBeCloseTo(k * 0.02, 6);
      expect(row.latenessSeconds).toBeLessThan(50e-6);
    }
    const commands = driver.sent.slice(0, 100);
    expect(commands.map((sent) => sent.values)).toEqual(rows.slice(0, 100).map((row) => row.action));
    expect(new Set(commands.map((sent) => sent.ttlSeconds))).toEqual(new Set([0.2]));
    expect(loop.state.jitter).toMatchObject({ ticks: 101 });
  });

  it('uses the hold action at step 0, then each plan at its step', async () => {
    const { clock, loop, of } = realtime();
    await clock.run(1);
    await loop.begin(begin({ controller: PLANNED }));
    for (let k = 1; k <= 20; k++) {
      while (of('tick').length < k) await clock.run(0.001);
      loop.plan(plan(k, k, [[k / 100], [0.9], [0.9]]));
    }
    await clock.run(0.02);
    const rows = of('tick').slice(0, 21);
    expect(rows.map((row) => row.action[0])).toEqual(Array.from({ length: 21 }, (_, k) => k / 100));
    expect(rows.map((row) => row.missed)).toEqual(Array.from({ length: 21 }, () => false));
    expect(rows[0]?.planId).toBe(-1);
  });

  it('does not wait for a late plan: the earlier plan goes on, the miss is counted and told', async () => {
    const { clock, loop, of } = realtime();
    await clock.run(1);
    await loop.begin(begin({ controller: PLANNED }));
    const untilRow = async (n: number) => {
      while (of('tick').length < n) await clock.run(0.001);
    };
    await untilRow(1);
    loop.plan(plan(1, 1, [[0.1], [0.2], [0.3]]));
    await untilRow(3);
    // The plan for step 2 comes a period late, the one for step 3 in time.
    loop.plan(plan(2, 2, [[0.5], [0.6]]));
    await untilRow(4);
    loop.plan(plan(3, 4, [[0.7]]));
    await untilRow(5);
    const rows = of('tick');
    expect(rows.map((row) => row.action[0])).toEqual([0, 0.1, 0.2, 0.6, 0.7]);
    expect(rows.map((row) => row.missed)).toEqual([false, false, true, true, false]);
    expect(rows[2]).toMatchObject({ planId: 1, planOffset: 1, events: [{ step: 2, kind: 'missed-plan' }] });
    expect(rows[3]).toMatchObject({ planId: 2, planOffset: 1 });
  });

  it('holds after the configured number of misses in a row', async () => {
    const { clock, loop, of, driver } = realtime();
    await clock.run(1);
    await loop.begin(begin({ controller: PLANNED }));
    while (of('tick').length < 1) await clock.run(0.001);
    loop.plan(plan(1, 1, [[0.1], [0.2], [0.3], [0.4], [0.5]]));
    await clock.run(0.5);
    const rows = of('tick');
    expect(rows.map((row) => row.action[0])).toEqual([0, 0.1, 0.2, 0.3, Number.NaN]);
    expect(rows[4]).toMatchObject({ last: true, missed: true });
    expect(rows[4]?.events.map((event) => event.kind)).toEqual(['missed-plan', 'hold']);
    expect(of('ended')).toMatchObject([
      { reason: 'held', message: 'Ended by a hold: 3 plans in a row came late.', rows: 5 },
    ]);
    expect(driver.calls.filter((call) => call === 'hold')).toHaveLength(1);
    expect(loop.state).toMatchObject({
      phase: 'held',
      reason: 'Held: 3 plans in a row came late.',
      readback: { halted: true, torque: true },
    });
  });

  it('sends the hold in the same instant as the stop, in the middle of a period', async () => {
    const { clock, loop, of, driver } = realtime();
    await clock.run(1);
    await loop.begin(begin());
    await clock.run(0.113);
    const before = driver.sent.length;
    const stopped = loop.stop('the window');
    expect(driver.calls.at(-1)).toBe('hold');
    await stopped;
    expect(loop.state).toMatchObject({ phase: 'stopped', reason: 'Emergency stop by the window.' });
    await clock.run(0.1);
    expect(driver.sent).toHaveLength(before);
    const last = of('tick').at(-1);
    expect(last).toMatchObject({
      last: true,
      events: [{ kind: 'stop', message: 'Emergency stop by the window.' }],
    });
    expect(of('ended')).toMatchObject([{ reason: 'stopped' }]);
  });

  it('holds a rig that goes to its start when the episode is ended meanwhile, and moves nothing after', async () => {
    const { clock, loop, of, driver } = realtime();
    await clock.run(1);
    let arrive = () => {};
    driver.resetGate = new Promise((resolve) => {
      arrive = resolve;
    });
    const refused = expect(loop.begin(begin())).rejects.toMatchObject({
      code: 'stopped',
      message: expect.stringMatching(/did not begin: .*ended while the rig went to its start\.$/),
    });
    await clock.run(2);
    loop.end(1);
    // In the same turn, and not only when the rig has arrived.
    expect(driver.calls).toEqual(['reset', 'hold']);
    await settled();
    expect(loop.state).toMatchObject({
      phase: 'held',
      reason: 'Held: The episode was ended while the rig went to its start.',
      readback: { halted: true },
    });
    arrive();
    await refused;
    await clock.run(0.5);
    expect(driver.sent).toEqual([]);
    expect(driver.calls).toEqual(['reset', 'hold']);
    expect(of('tick')).toEqual([]);
  });

  it('tells an overrun, and counts its steps on', async () => {
    const { clock, loop, of } = realtime();
    await clock.run(1);
    await loop.begin(begin());
    await clock.run(0.1);
    clock.stall(0.05);
    await clock.run(0.1);
    clock.stall(0.1);
    await clock.run(0.1);
    const kinds = of('tick').flatMap((row) => row.events.map((event) => event.kind));
    expect(kinds.filter((kind) => kind === 'overrun')).toHaveLength(2);
    // The steps are counted on; the gap is in the timestamps.
    expect(of('tick').map((row) => row.step)).toEqual(of('tick').map((_, i) => i));
    expect(loop.state.phase).toBe('running');
  });

  it('holds when the rig has sent nothing for the watchdog time', async () => {
    const { clock, loop, of, device, driver } = realtime();
    await clock.run(1);
    await loop.begin(begin());
    await clock.run(0.1);
    device.stop();
    await clock.run(0.5);
    expect(of('ended')).toMatchObject([
      {
        reason: 'held',
        message: expect.stringMatching(/^Ended by a hold: No observation has come for 0\.2/),
      },
    ]);
    expect(loop.state.phase).toBe('held');
    const stale = of('tick').filter((row) => row.events.some((event) => event.kind === 'note'));
    expect(stale.length).toBeGreaterThan(5);
    expect(driver.sent.length).toBeLessThan(20);
  });

  it('does not take a pause of its own for silence of the rig', async () => {
    const { clock, loop, of, device, driver } = realtime();
    await clock.run(1);
    await loop.begin(begin());
    await clock.run(0.1);
    device.stop();
    await clock.run(0.1);
    clock.stall(0.15);
    // The tick that comes late comes before the bytes that have waited meanwhile.
    while (!of('tick').some((row) => row.events.some((event) => event.kind === 'overrun'))) {
      await clock.run(0.0001);
    }
    stream(clock, driver);
    driver.observe();
    await clock.run(0.2);
    expect(loop.state.phase).toBe('running');
    expect(of('ended')).toEqual([]);
  });

  it('holds when an observation leaves its limits, where the rig file asks for that', async () => {
    const { clock, loop, of, driver } = realtime({ safety: { holdOutsideLimits: true } });
    await clock.run(1);
    await loop.begin(begin());
    await clock.run(0.1);
    driver.x = 6;
    await clock.run(0.1);
    expect(of('ended')).toMatchObject([
      {
        reason: 'held',
        message: expect.stringMatching(/^Ended by a hold: x is at 6\.\d+ m, outside its limits/),
      },
    ]);
    expect(of('tick').at(-1)).toMatchObject({ last: true });
  });

  it('jogs through the guard until the jog expires, then goes back to hold and falls silent', async () => {
    const { clock, loop, driver } = realtime({
      actions: [{ name: 'u', unit: 'N', limits: [-1, 1], actuator: 'u', ratePerSecond: 10 }],
    });
    await clock.run(0.5);
    loop.control({ kind: 'jog', action: [5], seconds: 0.3 });
    await clock.run(1);
    const values = driver.sent.map((sent) => sent.values[0]);
    expect(values.slice(0, 6)).toEqual([0.2, 0.4, expect.closeTo(0.6), expect.closeTo(0.8), 1, 1]);
    expect(values.at(-1)).toBe(0);
    expect(driver.sent.at(-1)!.at - driver.sent[0]!.at).toBeLessThan(0.45);
  });

  it('goes back to the hold action after an episode, at the rate that the guard allows', async () => {
    const { clock, loop, driver, of } = realtime({
      actions: [{ name: 'u', unit: 'N', limits: [-1, 1], actuator: 'u', ratePerSecond: 10 }],
    });
    await clock.run(1);
    await loop.begin(begin({ controller: PLANNED, maxSteps: 6 }));
    while (of('tick').length < 1) await clock.run(0.001);
    loop.plan({
      ...plan(
        1,
        1,
        Array.from({ length: 9 }, () => [1]),
      ),
      goodForSteps: 9,
    });
    await clock.run(1);
    const values = driver.sent.map((sent) => sent.values[0]);
    expect(Math.max(...values)).toBe(1);
    expect(values.at(-1)).toBe(0);
    for (let i = 1; i < values.length; i++) {
      expect(Math.abs(values[i]! - values[i - 1]!)).toBeLessThanOrEqual(0.2 + 1e-12);
    }
  });

  it('goes on after trouble on the link, and keeps the row whose command could not be sent', async () => {
    const { clock, loop, of, driver } = realtime();
    await clock.run(1);
    await loop.begin(begin({ maxSteps: 20 }));
    await clock.run(0.05);
    driver.actError = new ForesightError('rig-garbled', 'Bad bytes.', 'Check the cable.');
    await clock.run(0.02);
    driver.actError = undefined;
    await clock.run(0.5);
    expect(of('tick').map((row) => row.step)).toEqual(Array.from({ length: 21 }, (_, i) => i));
    expect(of('tick').flatMap((row) => row.events)).toMatchObject([
      { kind: 'rig-fault', message: 'Bad bytes.' },
    ]);
    expect(of('ended')).toMatchObject([{ reason: 'asked' }]);
    expect(loop.state.error).toMatchObject({ code: 'rig-garbled' });
  });

  it('is lost when the rig is gone', async () => {
    const { clock, loop, of, driver } = realtime();
    await clock.run(1);
    await loop.begin(begin());
    await clock.run(0.1);
    driver.fail(new ForesightError('rig-gone', 'The cable was pulled.', 'Plug it in.'));
    await clock.run(0.2);
    expect(of('ended')).toMatchObject([
      { reason: 'fault', error: { code: 'rig-gone' }, rows: of('tick').length },
    ]);
    expect(loop.state).toMatchObject({
      phase: 'lost',
      reason: 'The cable was pulled. What the rig does now is not known.',
    });
    await expect(loop.stop('the window')).rejects.toMatchObject({ code: 'rig-gone' });
  });

  it('keeps a jog within the limits of its joint, tells what it changed, and holds what goes beyond them', async () => {
    const { clock, loop, of, driver } = realtime({
      actions: [{ name: 'u', unit: 'm/s', limits: [-1, 1], actuator: 'u' }],
      safety: {
        joints: {
          x: {
            command: { action: 'u', sets: 'velocity' },
            observed: { position: 'x' },
            position: { limits: [-1, 1] },
            velocity: { most: 0.5 },
          },
        },
      },
    });
    await clock.run(0.1);
    loop.control({ kind: 'jog', action: [1], seconds: 1 });
    await clock.run(0.2);
    expect(new Set(driver.sent.map(({ values }) => values[0]))).toEqual(new Set([0.5]));
    const told = of('live').flatMap(({ events }) => events ?? []);
    expect(told[0]).toMatchObject({
      kind: 'joint-limit',
      message: 'x: 1 m/s asked for, 0.5 m/s given: its speed limit is 0.5 m/s.',
    });
    driver.x = 1.2;
    await clock.run(0.05);
    expect(loop.state).toMatchObject({ phase: 'held' });
    expect(loop.state.reason).toMatch(/^Held: x is at 1\.20\d m, beyond its limits -1 m to 1 m\.$/);
  });
});
