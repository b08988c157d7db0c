import { describe, expect, it } from 'vitest';
import { ForesightError } from '../../src/shared/errors';
import { ManualClock } from './manual-clock';
import { begin, memoryLoop } from './memory-rig';

const plan = (firstStep: number, actions: number[][], more = {}) =>
  ({ type: 'plan', episode: 1, planId: firstStep + 1, firstStep, actions, planMs: 3, ...more }) as const;

describe('the loop in lockstep', () => {
  it('waits at every step, and gives N + 1 rows for N transitions, the last without an action', async () => {
    const { loop, of, driver } = memoryLoop(new ManualClock(), 'lockstep');
    await loop.begin(begin({ maxSteps: 3 }));
    for (let k = 0; k < 3; k++) {
      expect(of('awaiting').map((message) => message.step)).toEqual(
        Array.from({ length: k + 1 }, (_, i) => i),
      );
      expect(of('tick')).toHaveLength(k);
      loop.next(1);
    }
    const rows = of('tick');
    expect(rows.map((row) => row.step)).toEqual([0, 1, 2, 3]);
    expect(rows.map((row) => row.last)).toEqual([false, false, false, true]);
    expect(rows[3]?.action).toEqual([Number.NaN]);
    for (let k = 0; k < 3; k++) {
      const x = rows[k]?.observation[0] ?? Number.NaN;
      const u = rows[k]?.action[0] ?? Number.NaN;
      expect(rows[k + 1]?.observation[0]).toBe(x + u * 0.02);
    }
    expect(of('ended')).toEqual([
      {
        type: 'ended',
        episode: 1,
        reason: 'asked',
        message: 'The episode has its 3 steps.',
        rows: 4,
        events: [],
      },
    ]);
    expect(driver.sent).toHaveLength(3);
  });

  it('repeats an episode number for number with the same seeds, and not with others', async () => {
    const record = async (seed: number) => {
      const clock = new ManualClock();
      const { loop, of } = memoryLoop(clock, 'lockstep');
      await loop.begin(
        begin({ maxSteps: 50, controller: { kind: 'random', seed, holdSteps: 3, amplitude: 0.5 } }),
      );
      for (let k = 0; k < 50; k++) {
        clock.stall(seed);
        loop.next(1);
      }
      return of('tick');
    };
    const first = await record(7);
    expect(await record(7)).toEqual(first);
    expect(await record(8)).not.toEqual(first);
    const actions = first.slice(0, 50).map((row) => row.action[0]);
    expect(Math.max(...actions.map(Math.abs))).toBeLessThanOrEqual(0.5);
    // A new action every third step.
    expect(new Set(actions).size).toBe(17);
    expect(actions[3]).toBe(actions[5]);
  });

  it('goes on with the plan of the step it waits for, not with an early one or that of another episode', async () => {
    const { loop, of } = memoryLoop(new ManualClock(), 'lockstep');
    await loop.begin(begin({ controller: { kind: 'planned', missedPlansToHold: 2 } }));
    loop.plan(plan(1, [[0.4], [0.3]]));
    loop.plan({ ...plan(0, [[0.9]]), episode: 2 });
    expect(of('tick')).toEqual([]);
    loop.plan(plan(0, [[0.5]]));
    expect(of('tick')).toMatchObject([
      { step: 0, action: [0.5], planId: 1, planOffset: 0, planMs: 3, missed: false },
    ]);
    // The plan for step 1 came early: the core is asked before it is used, because it may want to end here.
    loop.next(1);
    expect(of('tick')[1]).toMatchObject({ step: 1, action: [0.4], planId: 2, missed: false });
    loop.next(1);
    expect(of('tick')[2]).toMatchObject({ step: 2, action: [0.3], planId: 2, planOffset: 1, missed: true });
  });

  it('guards what a plan asks for, and keeps both numbers', async () => {
    const { loop, of, driver } = memoryLoop(new ManualClock(), 'lockstep');
    await loop.begin(begin({ controller: { kind: 'planned', missedPlansToHold: 2 } }));
    loop.plan(plan(0, [[Number.POSITIVE_INFINITY]]));
    loop.plan(plan(1, [[7]]));
    expect(of('tick')).toMatchObject([
      { action: [0], requested: [Infinity], events: [{ step: 0, kind: 'guard-clip' }] },
      { action: [1], requested: [7], events: [{ step: 1, kind: 'guard-clip' }] },
    ]);
    expect(driver.sent.map((sent) => sent.values)).toEqual([[0], [1]]);
  });

  it('ends with the row in hand when it is asked to', async () => {
    const { loop, of } = memoryLoop(new ManualClock(), 'lockstep');
    await loop.begin(begin());
    loop.next(1);
    loop.end(2);
    expect(of('ended')).toEqual([]);
    loop.end(1);
    expect(of('tick').map((row) => row.last)).toEqual([false, true]);
    expect(of('ended')).toMatchObject([{ reason: 'asked', rows: 2 }]);
    expect(loop.state.phase).toBe('ready');
  });

  it('stops at once, ends the episode and moves no more', async () => {
    const { loop, of, driver } = memoryLoop(new ManualClock(), 'lockstep');
    await loop.begin(begin());
    loop.next(1);
    const stopped = loop.stop('the keyboard');
    expect(driver.calls.at(-1)).toBe('hold');
    await stopped;
    loop.next(1);
    expect(driver.sent).toHaveLength(1);
    expect(of('ended')).toMatchObject([{ reason: 'stopped', rows: 2 }]);
    expect(of('tick')[1]).toMatchObject({
      last: true,
      action: [Number.NaN],
      events: [{ step: 0, kind: 'stop' }],
    });
    await expect(loop.begin(begin({ episode: 2 }))).rejects.toMatchObject({ code: 'stopped' });
    await loop.resume();
    await loop.begin(begin({ episode: 2 }));
    expect(loop.state.phase).toBe('running');
  });

  it('ends the episode with a fault when the driver gives up, after the row it was asked to execute', async () => {
    const { loop, of, driver } = memoryLoop(new ManualClock(), 'lockstep');
    await loop.begin(begin());
    loop.next(1);
    driver.fail(new ForesightError('rig-gone', 'The plant exploded.', 'Use smaller forces.'));
    expect(of('ended')).toMatchObject([
      {
        reason: 'fault',
        rows: 1,
        error: { code: 'rig-gone' },
        events: [{ step: 0, kind: 'rig-fault', message: 'The plant exploded.' }],
      },
    ]);
    expect(loop.state).toMatchObject({
      phase: 'lost',
      reason: 'The plant exploded. What the rig does now is not known.',
    });
    await expect(loop.begin(begin())).rejects.toMatchObject({ code: 'rig-gone' });
  });

  it('does not begin when it was stopped or ended while the rig was on its way to the start', async () => {
    const { loop, of, driver } = memoryLoop(new ManualClock(), 'lockstep');
    let arrive = () => {};
    driver.resetGate = new Promise((resolve) => {
      arrive = resolve;
    });
    const ended = loop.begin(begin({ episode: 1 }));
    loop.end(1);
    arrive();
    await expect(ended).rejects.toMatchObject({ code: 'cancelled' });
    driver.resetGate = new Promise((resolve) => {
      arrive = resolve;
    });
    const stopped = loop.begin(begin({ episode: 2 }));
    await loop.stop('the window');
    arrive();
    await expect(stopped).rejects.toMatchObject({ code: 'stopped' });
    expect(of('awaiting')).toEqual([]);
  });

  it('cannot be jogged, and says why', async () => {
    const { loop } = memoryLoop(new ManualClock(), 'lockstep');
    expect(() => loop.control({ kind: 'jog', action: [1], seconds: 1 })).toThrow(
      /stands still between steps/,
    );
  });
});
