import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshness } from '../../src/main/control/freshness';
import { ForesightError } from '../../src/shared/errors';
import { ManualClock, settled } from './manual-clock';
import { begin, memoryLoop, memoryRigFile, stream } from './memory-rig';

function realtime(changes: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  const rig = memoryLoop(clock, 'realtime', changes);
  return { clock, ...rig, device: stream(clock, rig.driver) };
}

async function running() {
  const rig = realtime();
  await rig.clock.run(1);
  await rig.loop.begin(begin());
  await rig.clock.run(0.1);
  return rig;
}

describe('a control loop that stood still for longer than a command lives', () => {
  it('ends the episode, holds and sends no further command by itself', async () => {
    const { clock, loop, of, driver } = await running();
    const sent = driver.sent.length;
    clock.stall(1);
    driver.expired += 1;
    await clock.run(0.5);
    expect(driver.sent).toHaveLength(sent);
    expect(driver.calls.at(-1)).toBe('hold');
    expect(loop.state).toMatchObject({
      phase: 'held',
      reason: expect.stringMatching(
        /^Held: the control loop stood still for 1\.\d\d s, longer than the watch/,
      ),
      readback: { halted: true },
    });
    expect(of('ended')).toMatchObject([
      { reason: 'held', message: expect.stringMatching(/^Ended by a hold: the control loop stood still/) },
    ]);
    const last = of('tick').at(-1);
    expect(last).toMatchObject({ last: true, action: [Number.NaN] });
    expect(last?.events.map(({ kind }) => kind)).toEqual(['hold', 'overrun', 'watchdog']);
    expect(last?.events[2]?.message).toMatch(/^The device has told that it stopped by itself/);
  });

  it('does not say that the device stopped when the device has not said so', async () => {
    const { clock, of } = await running();
    clock.stall(1);
    await clock.run(0.1);
    const told = of('tick')
      .at(-1)
      ?.events.find(({ kind }) => kind === 'watchdog');
    expect(told?.message).toMatch(/^The device has not told whether it stopped/);
  });

  it('holds as well when the machine was suspended, which the monotonic clock does not count', async () => {
    const { clock, loop, driver } = await running();
    const sent = driver.sent.length;
    clock.suspend(3600);
    await clock.run(0.1);
    expect(driver.sent).toHaveLength(sent);
    expect(loop.state).toMatchObject({
      phase: 'held',
      reason: expect.stringMatching(/^Held: the computer was suspended for 3600 s, or its clock was set/),
    });
  });

  it('does not go on with a jog', async () => {
    const { clock, loop, driver } = realtime();
    await clock.run(0.5);
    loop.control({ kind: 'jog', action: [1], seconds: 60 });
    await clock.run(0.1);
    const sent = driver.sent.length;
    clock.stall(1);
    await clock.run(0.5);
    expect(driver.sent).toHaveLength(sent);
    expect(loop.state.phase).toBe('held');
  });

  it('does not begin the episode that it was preparing', async () => {
    const { clock, loop, of, driver } = realtime();
    await clock.run(0.5);
    let arrive = () => {};
    driver.resetGate = new Promise((resolve) => {
      arrive = resolve;
    });
    const refused = expect(loop.begin(begin())).rejects.toMatchObject({
      code: 'stopped',
      message: expect.stringMatching(/did not begin: .*stood still/),
    });
    await settled();
    clock.stall(1);
    // The answer to the reset is read before the late tick comes.
    arrive();
    await refused;
    await clock.run(0.5);
    expect(of('tick')).toEqual([]);
    expect(driver.sent).toEqual([]);
  });

  it.each([0.2, 0.11])(
    'is not seen at the first step, whenever begun, with a watchdog of %f s at 10 Hz',
    async (watchdogSeconds) => {
      for (let phase = 0; phase < 1; phase += 0.1) {
        for (let shift = 0; shift < 1; shift += 0.1) {
          const clock = new ManualClock();
          const rig = memoryLoop(clock, 'realtime', { periodSeconds: 0.1, safety: { watchdogSeconds } });
          await clock.run(0.1 * shift);
          stream(clock, rig.driver);
          await clock.run(1 + 0.1 * phase);
          await rig.loop.begin(begin());
          await clock.run(0.35);
          expect(rig.driver.calls).not.toContain('hold');
          expect(rig.loop.state.phase).toBe('running');
        }
      }
    },
  );

  it('stays ready where nothing moved', async () => {
    const { clock, loop, driver } = realtime();
    await clock.run(0.5);
    clock.stall(5);
    await clock.run(0.5);
    expect(loop.state.phase).toBe('ready');
    expect(driver.calls).not.toContain('hold');
  });
});

describe('an observation that cannot be trusted', () => {
  it('is named in the state within two periods when it is late, and holds when it is too old', async () => {
    const { clock, loop, of, device } = await running();
    device.stop();
    const asked = clock.now();
    while (!/on an observation that is/.test(loop.state.reason)) await clock.run(0.001);
    // Two periods after the last one, and the tick that sees it.
    expect(clock.now() - asked).toBeLessThan(0.065);
    expect(of('state').at(-1)?.state).toMatchObject({
      phase: 'running',
      reason: expect.stringMatching(/^Running, on an observation that is [4-6]\d ms old\.$/),
    });
    await clock.run(0.3);
    expect(loop.state).toMatchObject({
      phase: 'held',
      reason: expect.stringMatching(/^Held: No observation has come for 0\.2\d s, longer than the watchdog/),
      error: { code: 'rig-silent', next: expect.stringMatching(/^Check the cable, .* then press Resume/) },
    });
  });

  it('is told when it was long on its way though one comes every period, and holds', async () => {
    const { clock, loop, of, driver } = await running();
    driver.delaySeconds = 0.1;
    await clock.run(0.05);
    expect(loop.state.reason).toMatch(/^Running, on an observation that is 10\d ms old\.$/);
    expect(of('tick').at(-1)?.events).toMatchObject([
      { kind: 'note', message: expect.stringMatching(/came late: .* of which 100 ms on its way/) },
    ]);
    driver.delaySeconds = 0.25;
    await clock.run(0.05);
    expect(loop.state).toMatchObject({
      phase: 'held',
      reason: expect.stringMatching(/^Held: Observations come late: the newest is 0\.25 s old/),
      error: { next: expect.stringMatching(/hubs, adapters/) },
    });
  });

  it('holds when it is too old, also where every tick comes so late that it skips others', async () => {
    const { clock, loop, device } = await running();
    device.stop();
    for (let k = 0; k < 10; k++) {
      clock.stall(0.05);
      await clock.run(0.001);
    }
    expect(loop.state).toMatchObject({
      phase: 'held',
      reason: expect.stringMatching(
        /^Held: No observation has come for 0\.[23]\d s, longer than the watchdog/,
      ),
    });
  });

  it('ends a jog as well', async () => {
    const { clock, loop, driver, device } = realtime();
    await clock.run(0.5);
    loop.control({ kind: 'jog', action: [1], seconds: 60 });
    device.stop();
    await clock.run(0.5);
    expect(loop.state.phase).toBe('held');
    expect(driver.sent.at(-1)!.at).toBeLessThan(100.75);
  });

  it.each([
    new ForesightError('bad-data', 'x reads NaN.', 'Check the sensor of x.'),
    new ForesightError('rig-refused', 'The device reports that it is halted.', 'Look for an e-stop.'),
  ])('of which the driver says "$message" brings the rig to hold at once', async (fault) => {
    const { clock, loop, of, driver } = await running();
    const sent = driver.sent.length;
    driver.fail(fault);
    expect(driver.calls.at(-1)).toBe('hold');
    await clock.run(0.1);
    expect(driver.sent).toHaveLength(sent);
    expect(of('ended')).toMatchObject([{ reason: 'held', message: `Ended by a hold: ${fault.message}` }]);
    expect(loop.state).toMatchObject({
      phase: 'held',
      reason: `Held: ${fault.message}`,
      error: fault.toShape(),
    });
  });

  it('is too old exactly when it was measured longer ago than the watchdog time', () => {
    const rig = memoryRigFile();
    const seconds = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, fc.boolean(), (waited, delaySeconds, isNew) => {
        const observation = { values: new Float64Array(1), deviceSeconds: 0, hostSeconds: 5, delaySeconds };
        const now = 5 + waited;
        const { ageSeconds, late, tooOld, remark } = freshness(rig, observation, now, isNew);
        expect(ageSeconds).toBeCloseTo(waited + delaySeconds, 9);
        expect(tooOld !== undefined).toBe(ageSeconds > rig.safety.watchdogSeconds);
        expect(late).toBe(ageSeconds > 2 * rig.periodSeconds);
        expect(remark !== undefined).toBe(late || !isNew);
      }),
    );
  });
});

describe('the read-back of a rig', () => {
  it('is asked for anew twice a second, and a device that left its hold by itself is held again', async () => {
    const { clock, loop, driver, of } = realtime();
    await loop.hold();
    expect(loop.state.reason).toBe('Held.');
    driver.halted = false;
    await clock.run(1.1);
    expect(driver.calls.filter((call) => call === 'hold')).toHaveLength(2);
    expect(loop.state).toMatchObject({ phase: 'held', reason: 'Held.', readback: { halted: true } });
    expect(of('state').map(({ state }) => state.reason)).toContainEqual(
      expect.stringMatching(
        /^Hold sent, not confirmed .* the device reports by itself that it is NOT halted/,
      ),
    );
  });

  it('is not known any more when the device does not answer', async () => {
    const { clock, loop, driver } = realtime();
    await loop.resume();
    await clock.run(0.6);
    expect(loop.state).toMatchObject({ reason: 'Ready.', readback: { halted: false } });
    driver.answers = 'with an error';
    await clock.run(1.1);
    expect(loop.state).toMatchObject({
      phase: 'ready',
      readback: null,
      reason: expect.stringMatching(/^Ready, but the device does not answer: .* not known\.$/),
    });
    driver.answers = 'at once';
    await loop.hold();
    driver.answers = 'with an error';
    await clock.run(1.1);
    expect(loop.state).toMatchObject({
      phase: 'held',
      readback: null,
      reason: expect.stringMatching(/^Hold was confirmed, but the device answers no more: .* not known\.$/),
    });
  });

  it('names what to do as long as the device has not confirmed', async () => {
    const { clock, loop, driver } = realtime();
    driver.answers = 'that it is not halted';
    loop.stop('the window').catch(() => {});
    await settled();
    expect(loop.state).toMatchObject({
      phase: 'stopped',
      readback: { halted: false },
      reason:
        'Emergency stop by the window NOT confirmed by the device after 1 try: it reports that it is NOT halted.',
      error: { code: 'rig-refused', next: expect.stringMatching(/cut the power of its motors/) },
    });
    driver.answers = 'at once';
    await clock.run(0.2);
    expect(loop.state).toMatchObject({ reason: 'Emergency stop by the window.', error: null });
  });

  it('keeps a rig on hold whose resume failed, though nothing had stopped it', async () => {
    const { loop, driver, clock } = realtime();
    driver.answers = 'with an error';
    await expect(loop.resume()).rejects.toThrow(/the wire is loose/);
    expect(loop.state).toMatchObject({ phase: 'held', readback: null });
    await expect(loop.begin(begin())).rejects.toMatchObject({ code: 'stopped' });
    driver.answers = 'at once';
    await clock.run(1.1);
    // Not resumed, and not halted either: the loop sees to it.
    expect(loop.state).toMatchObject({ phase: 'held', readback: { halted: true } });
  });

  it('is not undone by a resume that was asked for before the stop was known', async () => {
    const { loop } = realtime();
    const seen = loop.safety.halts;
    await loop.stop('the window');
    await expect(loop.resume(seen)).rejects.toMatchObject({
      code: 'stopped',
      message: expect.stringMatching(/stopped after this resume was asked for: Emergency stop by the window/),
    });
    expect(loop.state.phase).toBe('stopped');
    await loop.resume(loop.safety.halts);
    expect(loop.state.phase).toBe('ready');
  });
});

describe('a plant with tighter limits than the rig file', () => {
  it('gets and has recorded what it applies, beside what was asked for', async () => {
    const clock = new ManualClock();
    const { loop, of, driver } = memoryLoop(clock, 'lockstep');
    driver.plantLimits = [[-0.25, 0.5]];
    await loop.begin(begin({ controller: { kind: 'planned', missedPlansToHold: 5 } }));
    const plan = (step: number, value: number) =>
      loop.plan({ type: 'plan', episode: 1, planId: step, firstStep: step, actions: [[value]], planMs: 1 });
    for (const [step, value] of [0.4, 0.9, -1].entries()) plan(step, value);
    expect(of('tick').map(({ action, requested }) => [action[0], requested[0]])).toEqual([
      [0.4, 0.4],
      [0.5, 0.9],
      [-0.25, -1],
    ]);
    expect(driver.sent.map(({ values }) => values[0])).toEqual([0.4, 0.5, -0.25]);
    expect(of('tick')[1]?.events).toEqual([
      {
        step: 1,
        kind: 'guard-clip',
        message: 'u: the plant applies 0.5 N instead of 0.9 N, its own limits are -0.25 to 0.5.',
      },
    ]);
  });
});
