import { describe, expect, it } from 'vitest';
import { ManualClock, settled } from './manual-clock';
import { memoryLoop } from './memory-rig';

function idleLoop() {
  const clock = new ManualClock();
  return { clock, ...memoryLoop(clock, 'realtime') };
}

describe('hold, release and e-stop', () => {
  it('shows the read-back of the device, not what was sent', async () => {
    const { loop, of } = idleLoop();
    const held = loop.hold();
    expect(of('state').at(-1)?.state).toMatchObject({
      phase: 'held',
      readback: null,
      reason: 'Hold sent, not confirmed by the device yet.',
    });
    await held;
    expect(of('state').at(-1)?.state).toMatchObject({
      phase: 'held',
      reason: 'Held.',
      readback: { halted: true, torque: true, applied: [0] },
    });
    await loop.release();
    expect(loop.state).toMatchObject({ phase: 'released', readback: { torque: false } });
    await loop.resume();
    expect(loop.state).toMatchObject({ phase: 'ready', readback: { torque: true, halted: false } });
  });

  it('repeats an e-stop until the device confirms, and says meanwhile that it has not', async () => {
    const { clock, loop, driver } = idleLoop();
    driver.answers = 'never';
    const refused = expect(loop.stop('the window')).rejects.toMatchObject({ code: 'rig-silent' });
    await clock.run(2);
    await refused;
    expect(loop.state).toMatchObject({ phase: 'stopped', readback: null });
    expect(loop.state.reason).toMatch(/NOT confirmed by the device after 3 tries/);
    driver.answers = 'at once';
    await clock.run(1);
    expect(loop.state).toMatchObject({ phase: 'stopped', reason: 'Emergency stop by the window.' });
    const calls = driver.calls.length;
    await clock.run(2);
    expect(driver.calls).toHaveLength(calls);
  });

  it('says what a device has no way to confirm, and shows nothing as read back', async () => {
    const { clock, loop, driver } = idleLoop();
    driver.unconfirmed = 'whether it does so is not known';
    await loop.hold();
    expect(loop.state).toMatchObject({
      ...{ phase: 'held', readback: null, error: null },
      reason: 'Hold sent; whether it does so is not known.',
    });
    // Asked again and again, it says the same.
    await clock.run(2);
    expect(loop.state.reason).toBe('Hold sent; whether it does so is not known.');
    expect(driver.calls.filter((call) => call === 'hold')).toHaveLength(1);
    await loop.resume();
    expect(loop.state).toMatchObject({
      ...{ phase: 'ready', readback: null },
      reason: 'Ready; whether it does so is not known.',
    });
  });

  it('says loudly what is not confirmed within 100 ms', async () => {
    const { clock, loop, driver } = idleLoop();
    driver.answers = 'never';
    loop.hold().catch(() => {});
    await clock.run(0.099);
    expect(loop.state).toMatchObject({
      error: null,
      reason: 'Hold sent, not confirmed by the device yet.',
    });
    await clock.run(0.002);
    expect(loop.state).toMatchObject({
      error: { code: 'rig-silent' },
      reason: 'Hold NOT confirmed by the device within 100 ms: it has not answered yet.',
    });
    driver.answers = 'at once';
    await clock.run(1);
    expect(loop.state).toMatchObject({ error: null, reason: 'Held.' });
  });

  it('does not take an answer for a confirmation when it says that the device still moves', async () => {
    const { clock, loop, driver } = idleLoop();
    driver.answers = 'that it is not halted';
    loop.stop('the window').catch(() => {});
    await clock.run(0.35);
    expect(driver.calls.length).toBeGreaterThanOrEqual(3);
    expect(loop.state).toMatchObject({ readback: { halted: false } });
    expect(loop.state.reason).toMatch(/NOT confirmed .* it reports that it is NOT halted/);
  });

  it('stays stopped through a hold and a release until it is resumed', async () => {
    const { loop } = idleLoop();
    await loop.stop('the window');
    await loop.hold();
    expect(loop.state.phase).toBe('stopped');
    await loop.release();
    expect(loop.state).toMatchObject({ phase: 'stopped', readback: { torque: false } });
    expect(() => loop.control({ kind: 'jog', action: [1], seconds: 1 })).toThrow(/does not move now/);
    await loop.resume();
    expect(loop.state.phase).toBe('ready');
  });

  it('is told to the device once when the same stop comes by a second way, and undoes a resume that knew of the first alone', async () => {
    const { loop, driver, of } = idleLoop();
    const halts = () => of('state').at(-1)!.halts;
    const told = driver.calls.length;
    const first = loop.stop('the Esc key');
    const seen = halts();
    const second = loop.stop('the Esc key, through the core');
    await Promise.all([first, second]);
    expect(driver.calls.slice(told)).toEqual(['hold']);
    expect(loop.state).toMatchObject({ phase: 'stopped', reason: 'Emergency stop by the Esc key.' });
    await expect(loop.resume(seen)).rejects.toMatchObject({ code: 'stopped' });
    // Once it is confirmed, the next one is told again.
    await loop.stop('the Esc key');
    expect(driver.calls.slice(told)).toEqual(['hold', 'hold']);
  });

  it('does not call itself ready when the device does not leave its hold', async () => {
    const { clock, loop, driver } = idleLoop();
    await loop.stop('the window');
    driver.answers = 'with an error';
    await expect(loop.resume()).rejects.toThrow(/the wire is loose/);
    expect(loop.state).toMatchObject({
      phase: 'stopped',
      reason: expect.stringMatching(/^Resume failed: .*the wire is loose/),
    });
    driver.answers = 'never';
    const refused = expect(loop.resume()).rejects.toMatchObject({ code: 'rig-silent' });
    await clock.run(0.6);
    await refused;
    expect(loop.state.phase).toBe('stopped');
  });

  it('lets the newest command win: a stop during a resume stays a stop', async () => {
    const { loop } = idleLoop();
    await loop.hold();
    const resumed = expect(loop.resume()).rejects.toMatchObject({ code: 'stopped' });
    await loop.stop('the window');
    await resumed;
    await settled();
    expect(loop.state).toMatchObject({ phase: 'stopped', readback: { halted: true } });
  });

  it('takes nothing that the device says of itself while it is being resumed for a doubt', async () => {
    const { Safety } = await import('../../src/main/control/safety');
    const { clock, driver } = idleLoop();
    const safety = new Safety(driver, clock, () => {});
    await safety.hold();
    const resumed = safety.resume();
    // The device was asked how it is after it had been told to resume, and its answer is heard before that to the resume.
    const { answer, asked } = safety.ask();
    safety.see({ ...(await answer), halted: false }, asked);
    await resumed;
    expect(safety.phase).toBe('ready');
  });

  it('stops a jog: nothing is commanded after a hold', async () => {
    const { clock, loop, driver } = idleLoop();
    loop.control({ kind: 'jog', action: [1], seconds: 5 });
    await clock.run(0.1);
    expect(driver.sent.length).toBeGreaterThan(2);
    await loop.hold();
    const sent = driver.sent.length;
    await clock.run(1);
    expect(driver.sent).toHaveLength(sent);
  });
});
