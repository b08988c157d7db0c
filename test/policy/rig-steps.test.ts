import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Transition } from '../../src/main/policy/replay';
import { policySpace } from '../../src/main/policy/representation/space';
import { howItEnded, type RigRow, RigSteps } from '../../src/main/policy/world/rig-steps';
import { loadRig } from '../../src/main/rig';
import type { EpisodeEvent } from '../../src/shared/episode';

const { file } = await loadRig('pendulum');
const PERIOD = file.periodSeconds;
const space = policySpace(file, 1);

/** Row `step` of an episode in which the policy decides every step, late by so many. */
const row = (step: number, more: Partial<RigRow> = {}): RigRow => ({
  ...{ step, deviceSeconds: step * PERIOD, observation: [step / 100, 0], action: [step / 100] },
  ...{ requested: [1], reward: step, disturbed: false, end: null },
  decided: { state: Float32Array.of(step / 100, 0), behaviour: 7, late: 0 },
  ...more,
});
/** All transitions of one episode of these rows. */
function stepsOf(rows: readonly RigRow[], given = new RigSteps(space, PERIOD, [0])): Transition[] {
  return [...given.begin(), ...rows.flatMap((one) => given.row(one)), ...given.begin()];
}
const numbers = (transitions: readonly Transition[]) => transitions.map(({ taken }) => taken?.step);
const LEFT: EpisodeEvent = { step: 2, kind: 'outside-limits', message: 'The angle is outside its limits.' };
const HOLD: EpisodeEvent = { step: 2, kind: 'hold', message: 'Hold.' };
const END = { action: [Number.NaN], requested: [Number.NaN], decided: null } as const;

describe('steps of a rig', () => {
  it('are what was seen, what was executed in units of the range, what it earned and what was seen next', () => {
    const made = stepsOf([row(0), row(1), row(2, { ...END, end: 'termination' })]);
    expect(made).toEqual([
      {
        ...{ state: Float32Array.of(0, 0), action: Float32Array.of(0), reward: 1 },
        ...{ next: Float32Array.of(0.01, 0), terminated: false, last: false },
        taken: { episode: 0, step: 0, behaviour: 7, asked: Float32Array.of(0.5), advice: null },
      },
      expect.objectContaining({ reward: 2, terminated: true, last: true }),
    ]);
    expect(made[1]?.next).toEqual(Float32Array.of(0.02, 0));
  });

  it('end at a step limit without the task having ended, with the state that the rig came to', () => {
    const [, last] = stepsOf([row(0), row(1), row(2, { ...END, end: 'step limit' })]);
    expect(last).toMatchObject({ terminated: false, last: true, next: Float32Array.of(0.02, 0) });
  });

  it('that lead out of the rig’s limits, where it holds, are the policy’s doing, and an end only where the task says so', () => {
    const outside = (how: Parameters<typeof howItEnded>[1]) =>
      stepsOf([row(0), row(1), row(2, { ...END, ...howItEnded([LEFT, HOLD], how) })]);
    const ends = outside({ last: true, found: 'termination' });
    expect(numbers(ends)).toEqual([0, 1]);
    expect(ends[1]).toMatchObject({ terminated: true, last: true, next: Float32Array.of(0.02, 0) });
    const holds = outside({ last: true, found: null });
    expect(numbers(holds)).toEqual([0, 1]);
    expect(holds[1]).toMatchObject({ terminated: false, last: true });
    expect(howItEnded([LEFT, HOLD], { last: true, found: null }).end).toBe('outside limits');
  });

  it('that lead to what is no number are none, whatever the task says', () => {
    const observation = [Number.NaN, 0];
    const end = howItEnded([LEFT, HOLD], { last: true, found: 'termination' });
    expect(numbers(stepsOf([row(0), row(1), row(2, { ...END, ...end, observation })]))).toEqual([0]);
  });

  it('in whose middle somebody held are none, also where that led out of the limits', () => {
    for (const events of [[HOLD], [HOLD, LEFT, HOLD], [LEFT, HOLD, { ...HOLD, kind: 'stop' as const }]]) {
      const end = howItEnded(events, { last: true, found: null });
      expect(end).toEqual({ disturbed: true, end: 'cut' });
      expect(numbers(stepsOf([row(0), row(1), row(2, { ...END, ...end })]))).toEqual([0]);
    }
  });

  it('whose decisions are a step late end with what the policy would have seen then, the action under way included', () => {
    const late = new RigSteps(policySpace(file, 2), PERIOD, [0]);
    const seen = (step: number) =>
      Float32Array.of((step - 1) / 100, 0, Math.max(0, step - 2) / 100, 0, (step - 1) / 100);
    const decided = (step: number) => ({ state: seen(step), behaviour: 1, late: 1 });
    const rows = [1, 2, 3].map((step) => row(step, { decided: decided(step) }));
    const made = stepsOf([row(0, { decided: null }), ...rows, row(4, { ...END, end: 'step limit' })], late);
    expect(numbers(made)).toEqual([0, 1, 2]);
    expect(made.map(({ next }) => next)).toEqual([seen(2), seen(3), seen(4)]);
  });

  it.each<[string, RigRow[]]>([
    ['that was held or stopped', [row(0), row(1), row(2, { ...END, end: 'cut', disturbed: true })]],
    ['that somebody finished in its middle', [row(0), row(1), row(2, { ...END, end: 'cut' })]],
  ])(
    'of an episode %s: the one that was under way is none, and nothing follows the one before',
    (_how, rows) => {
      const made = stepsOf(rows);
      expect(numbers(made)).toEqual([0]);
      expect(made[0]).toMatchObject({ terminated: false, last: true });
    },
  );

  it.each<[string, RigRow[], number[]]>([
    ['decided by nobody for that step', [row(0), row(1, { decided: null }), row(2), row(3)], [2]],
    ['in which ticks were skipped', [row(0), row(1), row(2, { disturbed: true }), row(3)], [0, 2]],
    [
      'of two control periods',
      [row(0), row(1), row(2, { deviceSeconds: 3 * PERIOD }), row(3, { deviceSeconds: 4 * PERIOD })],
      [0, 2],
    ],
    [
      'around an observation that came late and was caught up with',
      [
        row(0),
        row(1),
        row(2, { deviceSeconds: PERIOD }),
        row(3, { deviceSeconds: 2 * PERIOD }),
        row(4),
        row(5),
      ],
      [0, 4],
    ],
  ])('%s are none', (_what, rows, expected) => {
    const made = stepsOf(rows);
    expect(numbers(made)).toEqual(expected);
    // What comes after a gap does not follow what was before it.
    expect(made.map(({ last }) => last)).toEqual(expected.map(() => true));
  });

  it('whatever happens: in order, from row to row of one episode, and linked only where nothing is missing', () => {
    const any = fc.record({
      decided: fc.boolean(),
      disturbed: fc.boolean(),
      periods: fc.constantFrom(1, 1, 1, 0, 2),
    });
    fc.assert(
      fc.property(fc.array(fc.array(any, { minLength: 1, maxLength: 12 }), { maxLength: 4 }), (episodes) => {
        const steps = new RigSteps(space, PERIOD, [0]);
        const made: Transition[] = [];
        for (const rows of episodes) {
          made.push(...steps.begin());
          let seconds = 0;
          for (const [step, one] of rows.entries()) {
            seconds += one.periods * PERIOD;
            const { decided } = row(step);
            made.push(
              ...steps.row(
                row(step, {
                  ...{ deviceSeconds: seconds, disturbed: one.disturbed },
                  decided: one.decided ? decided : null,
                }),
              ),
            );
          }
        }
        made.push(...steps.begin());
        const all = episodes.reduce((sum, rows) => sum + rows.length - 1, 0);
        expect(made.length + steps.leftOut).toBe(all);
        for (const [i, { taken, last, state, next }] of made.entries()) {
          const after = made[i + 1];
          const follows =
            after?.taken?.episode === taken?.episode && after?.taken?.step === (taken?.step ?? 0) + 1;
          expect(last).toBe(!follows);
          if (follows) expect(next).toEqual(after?.state);
          expect(next).not.toEqual(state);
        }
      }),
    );
  });
});
