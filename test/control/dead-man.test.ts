import { describe, expect, it } from 'vitest';
import { ManualClock, settled } from './manual-clock';
import { begin, memoryLoop, stream } from './memory-rig';

/** A rig that moves only while the key is held, with a person who says so every 50 ms until told otherwise. */
async function watched(safety: Record<string, unknown> = { deadMan: true }) {
  const clock = new ManualClock();
  const rig = memoryLoop(clock, 'realtime', { safety });
  stream(clock, rig.driver);
  let holding = true;
  const beat = () => {
    if (holding) rig.loop.deadMan.beat(true);
    clock.later(beat, 50);
  };
  beat();
  await clock.run(0.1);
  return {
    clock,
    ...rig,
    letGo: () => rig.loop.deadMan.beat(false),
    fallSilent: () => {
      holding = false;
    },
  };
}

describe('the dead-man key', () => {
  it('lets a rig move as long as it is held', async () => {
    const { clock, loop, of } = await watched();
    await loop.begin(begin({ maxSteps: 50 }));
    await clock.run(1.2);
    expect(of('ended')).toMatchObject([{ reason: 'asked', rows: 51 }]);
  });

  it('brings it to hold at once when it is let go of, and the episode says why', async () => {
    const { clock, loop, driver, of, letGo, fallSilent } = await watched();
    await loop.begin(begin());
    await clock.run(0.5);
    fallSilent();
    const sent = driver.sent.length;
    letGo();
    expect(loop.state.phase).toBe('held');
    await clock.run(0.1);
    expect(driver.sent).toHaveLength(sent);
    expect(driver.halted).toBe(true);
    expect(of('ended')).toMatchObject([
      { reason: 'held', message: 'Ended by a hold: the dead-man key was let go of.' },
    ]);
    expect(of('tick').flatMap(({ events }) => events)).toContainEqual(
      expect.objectContaining({ kind: 'hold', message: 'Hold: the dead-man key was let go of.' }),
    );
  });

  it('counts silence for 150 ms as letting go, in a jog as well', async () => {
    const { clock, loop, driver, fallSilent } = await watched();
    loop.control({ kind: 'jog', action: [1], seconds: 1 });
    await clock.run(0.1);
    fallSilent();
    const from = clock.now();
    await clock.run(0.3);
    expect(loop.state.reason).toBe('Held: nothing was heard of the dead-man key for 150 ms.');
    expect(driver.sent.at(-1)!.at - from).toBeLessThanOrEqual(0.15);
    expect(driver.halted).toBe(true);
  });

  it('is needed to begin, and no hold comes of it where nothing moves', async () => {
    const { clock, loop, letGo, fallSilent } = await watched();
    fallSilent();
    letGo();
    await clock.run(0.3);
    expect(loop.state).toMatchObject({ phase: 'ready', health: { deadMan: { wanted: true, held: false } } });
    await expect(loop.begin(begin())).rejects.toMatchObject({ code: 'stopped', next: /Hold Space/ });
    expect(() => loop.control({ kind: 'jog', action: [1], seconds: 1 })).toThrow(/dead-man key/);
    // Nothing is commanded, so nothing has to be watched.
    await loop.begin(begin({ controller: { kind: 'idle' }, maxSteps: 2 }));
  });

  it('is wanted where somebody says so, until somebody says otherwise', async () => {
    const { clock, loop, fallSilent } = await watched({});
    fallSilent();
    await clock.run(0.3);
    loop.control({ kind: 'jog', action: [1], seconds: 1 });
    await clock.run(0.05);
    expect(loop.state.phase).toBe('ready');
    loop.deadMan.want(true);
    await settled();
    expect(loop.state.reason).toBe('Held: the dead-man key is not held.');
    await loop.resume();
    loop.deadMan.want(false);
    loop.control({ kind: 'jog', action: [1], seconds: 1 });
    await clock.run(0.05);
    expect(loop.state.phase).toBe('ready');
  });
});
