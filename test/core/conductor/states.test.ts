import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BEGINNING,
  type EpisodeState,
  follow,
  type Happening,
} from '../../../src/main/core/conductor/states';
import type { Finding } from '../../../src/main/core/conductor/types';

const RUNNING: EpisodeState = { name: 'running' };
const OVER: EpisodeState = { name: 'over' };
const ending = (found: Finding | null = null, complete = false): EpisodeState => ({
  ...{ name: 'ending', found, complete },
});
const row = (more: Partial<Extract<Happening, { kind: 'row' }>> = {}): Happening => ({
  ...{ kind: 'row', last: false, found: null },
  ...more,
});
const awaiting = (found: Finding | null = null): Happening => ({ kind: 'awaiting', found });
const ended = (reason: 'asked' | 'stopped' | 'held' | 'fault'): Happening => ({ kind: 'ended', reason });
const ASKED: Happening = { kind: 'asked' };
const FAILED: Happening = { kind: 'failed' };
const refused = (stopped: boolean): Happening => ({ kind: 'refused', stopped });

describe('an episode that begins', () => {
  it('runs with its first step, which may come before the answer that it has begun', () => {
    expect(follow(BEGINNING, awaiting(), 'lockstep')).toEqual({ state: RUNNING, deeds: ['step'] });
    expect(follow(BEGINNING, row(), 'realtime')).toEqual({
      state: RUNNING,
      deeds: ['write row', 'plan ahead'],
    });
  });

  it('is told to end when that is asked for before its first step, and ends as asked when it is then not begun', () => {
    const asked = follow(BEGINNING, ASKED, 'realtime');
    expect(asked).toEqual({ state: ending(), deeds: ['end'] });
    expect(follow(asked.state, refused(false), 'realtime')).toEqual({
      ...{ state: OVER, deeds: ['close'], endedBy: 'asked' },
    });
    expect(follow(asked.state, refused(true), 'realtime')).toMatchObject({ endedBy: 'stopped' });
  });

  it('is given up when the rig refuses to begin it, and closed as a fault when the rig is gone', () => {
    expect(follow(BEGINNING, refused(false), 'realtime')).toEqual({ state: OVER, deeds: ['give up'] });
    expect(follow(BEGINNING, ended('fault'), 'realtime')).toMatchObject({
      ...{ state: OVER, deeds: ['close'], endedBy: 'fault' },
    });
  });
});

describe('an episode that runs', () => {
  it('takes its steps one by one in lockstep, and plans ahead in real time', () => {
    expect(follow(RUNNING, awaiting(), 'lockstep').deeds).toEqual(['step']);
    expect(follow(RUNNING, row(), 'lockstep')).toEqual({ state: RUNNING, deeds: ['write row'] });
    expect(follow(RUNNING, row(), 'realtime').deeds).toEqual(['write row', 'plan ahead']);
  });

  it('ends where the task or the step limit says so: in lockstep before the step is taken, in real time with its row', () => {
    expect(follow(RUNNING, awaiting('termination'), 'lockstep')).toEqual({
      ...{ state: ending('termination'), deeds: ['end'] },
    });
    expect(follow(RUNNING, row({ found: 'step limit' }), 'realtime')).toEqual({
      ...{ state: ending('step limit', true), deeds: ['write last row', 'end'] },
    });
  });

  it('tells the rig nothing about a last row that comes from the rig', () => {
    for (const mode of ['lockstep', 'realtime'] as const) {
      expect(follow(RUNNING, row({ last: true }), mode)).toEqual({
        ...{ state: ending(null, true), deeds: ['write last row'] },
      });
    }
  });

  it('is given up when no plan can be had', () => {
    expect(follow(RUNNING, FAILED, 'realtime')).toEqual({ state: OVER, deeds: ['give up'] });
  });

  it.each(['asked', 'stopped', 'held', 'fault'] as const)('is closed as the rig says: %s', (reason) => {
    expect(follow(RUNNING, ended(reason), 'realtime')).toEqual({
      ...{ state: OVER, deeds: ['close'], endedBy: reason },
    });
  });
});

describe('an episode that is ending', () => {
  it('writes the rows that were on their way, plans for none of them, and takes no further step', () => {
    expect(follow(ending(), row(), 'realtime')).toEqual({ state: ending(), deeds: ['write row'] });
    expect(follow(ending(), awaiting(), 'lockstep')).toEqual({ state: ending(), deeds: [] });
    expect(follow(ending(), row({ last: true }), 'lockstep')).toEqual({
      ...{ state: ending(null, true), deeds: ['write last row'] },
    });
  });

  it('is one that the task ended, when the task ends it on the way', () => {
    const last = follow(ending(), row({ found: 'termination' }), 'realtime');
    expect(last).toEqual({ state: ending('termination', true), deeds: ['write last row'] });
    expect(follow(last.state, ended('asked'), 'realtime').endedBy).toBe('termination');
  });

  it('has one last row: what comes after it is late', () => {
    expect(follow(ending(null, true), row({ last: true }), 'realtime')).toEqual({
      ...{ state: ending(null, true), deeds: [] },
    });
  });

  it('is not given up for a plan that fails after the end', () => {
    expect(follow(ending(), FAILED, 'realtime').deeds).toEqual([]);
  });

  it('says a stop that overtakes the end that was asked for', () => {
    expect(follow(ending(), ended('stopped'), 'realtime').endedBy).toBe('stopped');
  });
});

const finding = fc.constantFrom<Finding | null>(null, 'termination', 'step limit');
const happening: fc.Arbitrary<Happening> = fc.oneof(
  finding.map(awaiting),
  fc.record({ kind: fc.constant('row' as const), last: fc.boolean(), found: finding }),
  fc.constantFrom(ASKED, FAILED, refused(true), refused(false)),
  fc.constantFrom('asked' as const, 'stopped' as const, 'held' as const, 'fault' as const).map(ended),
);

describe('an episode, whatever comes in whatever order,', () => {
  it('is closed or given up exactly once, has at most one last row, and moves nothing after an end', () => {
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 30 }),
        fc.constantFrom('lockstep' as const, 'realtime' as const),
        (happenings, mode) => {
          let state: EpisodeState = BEGINNING;
          const deeds: string[] = [];
          for (const one of [...happenings, ended('fault')]) {
            const next = follow(state, one, mode);
            state = next.state;
            deeds.push(...next.deeds);
          }
          expect(state).toEqual(OVER);
          expect(deeds.filter((deed) => deed === 'close' || deed === 'give up')).toHaveLength(1);
          expect(deeds.filter((deed) => deed === 'write last row').length).toBeLessThanOrEqual(1);
          const over = deeds.findIndex((deed) =>
            ['end', 'write last row', 'close', 'give up'].includes(deed),
          );
          expect(deeds.slice(over)).not.toContain('step');
          expect(deeds.slice(over)).not.toContain('plan ahead');
        },
      ),
    );
  });
});
