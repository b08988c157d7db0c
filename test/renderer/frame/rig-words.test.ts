import '../window';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  barWords,
  isSilent,
  type Known,
  readbackWords,
  SILENT_MS,
} from '../../../src/renderer/frame/rig-words';
import type { LinkState, RigStatus } from '../../../src/shared/telemetry';

const PHASES = ['closed', 'opening', 'ready', 'running', 'held', 'released', 'stopped', 'lost'] as const;
const CLAIMED = ['held', 'released', 'stopped'];

const linkState = (parts: Partial<LinkState>): LinkState => ({
  ...{ phase: 'ready', reason: '', readback: null, info: null, counters: {}, error: null, jitter: null },
  ...parts,
});
const status = (parts: Partial<LinkState> = {}, rest: Partial<RigStatus> = {}): RigStatus => ({
  ...{ connected: true, rig: 'r', mode: 'realtime', link: linkState(parts) },
  ...rest,
});
const NOW = new Date(2026, 2, 4, 17, 5, 10).getTime();
const known = (parts: Partial<Known> = {}): Known => ({
  ...{ link: 'open', status: status(), heardAt: NOW - 30, now: NOW, sent: null },
  ...parts,
});

/** Everything that the window may know. */
const anything: fc.Arbitrary<Known> = fc.record({
  link: fc.constantFrom('connecting', 'open', 'lost'),
  status: fc.option(
    fc.record({
      connected: fc.boolean(),
      rig: fc.constant('r'),
      mode: fc.constantFrom('realtime', 'lockstep', null),
      link: fc
        .record({
          phase: fc.constantFrom(...PHASES),
          reason: fc.constantFrom('', 'Held: 10 plans in a row came late.'),
          readback: fc.option(
            fc.record({ torque: fc.boolean(), halted: fc.boolean(), applied: fc.constant<number[]>([]) }),
          ),
        })
        .map(linkState),
    }),
  ),
  heardAt: fc.option(fc.integer({ min: NOW - 10_000, max: NOW })),
  now: fc.constant(NOW),
  sent: fc.option(fc.constantFrom('stop', 'hold', 'release', 'resume')),
});

describe('what the safety bar says', () => {
  test('of a rig that is not heard is that its state is not known, whatever was heard before', () => {
    fc.assert(
      fc.property(anything, (given) => {
        fc.pre(given.link === 'lost' || isSilent(given));
        const said = barWords(given);
        expect(said.reason).toMatch(/what (it|the rig) does now is not known\.$/);
        expect(said).toMatchObject({ alarming: true, confirmed: false, doubtful: true });
        expect(said.badge).not.toMatch(/Held|Released|STOPPED|Ready|Moving/);
        expect(said.readback).toMatch(/^Last heard at |waiting for the device|^Nothing was heard/);
      }),
    );
  });

  test('while the rig process does not answer is that it is not known, in every phase that was heard before', () => {
    const reason = 'The rig process has said nothing for 4 s; what the rig does now is not known.';
    const error = { code: 'rig-process-silent', message: reason, next: 'Use the e-stop.' } as const;
    for (const phase of PHASES) {
      const said = barWords(known({ status: status({ phase, reason, error }) }));
      expect(said).toEqual({
        ...{ badge: 'Not known', colour: 'red.9', alarming: true, confirmed: false, doubtful: true, reason },
        readback: 'What the device does now is not known',
      });
    }
  });

  test('is confirmed only where the device has said what is claimed', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const said = barWords(given);
        const link = given.status?.link;
        if (said.confirmed) expect(link?.readback).not.toBeNull();
        if (!link || !given.status?.connected || !CLAIMED.includes(link.phase)) return;
        const { readback, phase } = link;
        const true_ = readback?.halted === true && (phase !== 'released' || !readback.torque);
        if (!true_) expect(said.confirmed).toBe(false);
        if (!true_) expect(said.doubtful).toBe(true);
      }),
    );
  });

  test('never assumes that a rig holds by itself', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const { reason, readback } = barWords(given);
        expect(`${reason} ${readback}`).not.toMatch(/by itself/);
      }),
    );
  });

  test('of the past comes with its time', () => {
    const readback = { torque: true, halted: false, applied: [] };
    expect(barWords(known({ link: 'lost', status: status({ phase: 'running', readback }) })).readback).toBe(
      'Last heard at 17:05:09: Moving. Device last reported: torque on, accepts commands.',
    );
    expect(barWords(known({ link: 'lost', status: null, heardAt: null })).readback).toMatch(/^Nothing/);
  });

  test('is what the core says while it is heard', () => {
    expect(barWords(known({ status: status({ phase: 'held', reason: 'Held: late plans.' }) }))).toMatchObject(
      { badge: 'Held', reason: 'Held: late plans.', readback: 'Not confirmed by the device' },
    );
    expect(barWords(known({ status: status({}, { connected: false }) })).badge).toBe('No rig');
    expect(barWords(known({ status: status({ phase: 'lost' }, { connected: false }) })).badge).toBe(
      'Rig lost',
    );
    expect(barWords(known({ status: null, heardAt: null })).badge).toBe('Connecting');
    expect(barWords(known({ sent: 'stop' })).readback).toMatch(/STOP sent/);
  });

  test('cannot be missed where a hold was asked for and the device does not confirm it', () => {
    const reason = 'Hold NOT confirmed by the device within 100 ms: it has not answered yet.';
    const error = { code: 'rig-silent', message: reason, next: 'Cut the power.' } as const;
    for (const phase of ['held', 'released', 'stopped'] as const) {
      expect(barWords(known({ status: status({ phase, reason, error }) }))).toMatchObject({
        ...{ badge: 'NOT confirmed', colour: 'red.9', alarming: true, reason },
        readback: 'Not confirmed by the device',
      });
    }
  });

  test('alarms where a rig is stopped, lost or not heard, and nowhere else', () => {
    const alarming = PHASES.filter((phase) => barWords(known({ status: status({ phase }) })).alarming);
    expect(alarming).toEqual(['stopped', 'lost']);
  });
});

describe('silence', () => {
  test('begins two seconds after a rig that sends all the time was heard last', () => {
    expect(isSilent(known({ heardAt: NOW - SILENT_MS }))).toBe(false);
    expect(isSilent(known({ heardAt: NOW - SILENT_MS - 1 }))).toBe(true);
  });
  test('is nothing to notice without a rig, while it connects, and in lockstep', () => {
    const heardAt = NOW - 60_000;
    expect(isSilent(known({ heardAt, status: status({}, { connected: false }) }))).toBe(false);
    expect(isSilent(known({ heardAt, status: status({ phase: 'opening' }) }))).toBe(false);
    expect(isSilent(known({ heardAt, status: status({}, { mode: 'lockstep' }) }))).toBe(false);
  });
});

describe('the read-back', () => {
  const readback = { torque: false, halted: true, applied: [0] };
  test('is told in its own words once the device has answered', () => {
    expect(readbackWords({ phase: 'stopped', readback })).toEqual({
      readback: 'Device last reported: torque off, halted',
      ...{ confirmed: true, doubtful: false },
    });
  });
  test.each(['held', 'released', 'stopped'] as const)('that contradicts "%s" is a doubt', (phase) => {
    const moving = { torque: true, halted: false, applied: [0] };
    expect(readbackWords({ phase, readback: moving })).toMatchObject({ confirmed: false, doubtful: true });
    expect(readbackWords({ phase, readback: moving })?.readback).toContain('NOT halted');
  });
  test('is unknown once the rig is lost, whatever it said before, and nothing without a rig', () => {
    expect(readbackWords({ phase: 'lost', readback })).toMatchObject({ confirmed: false, doubtful: true });
    expect(readbackWords({ phase: 'closed', readback })).toBeNull();
  });
});
