import { describe, expect, it } from 'vitest';
import { adjustmentWords } from '../../src/main/core/adjustment-words';
import { PropagationOptions } from '../../src/shared/plan';
import { TaskFile } from '../../src/shared/task';

const setup = (task: Partial<TaskFile> = {}, propagation: Partial<PropagationOptions> = {}) => ({
  task: TaskFile.parse({ name: 'balance', reward: '1', maxSteps: 200, maxReturn: 200, ...task }),
  propagation: PropagationOptions.parse(propagation),
});

describe('an adjustment in words', () => {
  it('names what has changed as the window does, and nothing else', () => {
    expect(adjustmentWords(setup(), setup({}, { pessimism: 3, objective: 'cvar' }))).toBe(
      'Objective mean → cvar, Pessimism λ 1 → 3.',
    );
    expect(adjustmentWords(setup(), setup())).toBeNull();
  });

  it('of a task speaks of formulas, ends and steps, not of fields', () => {
    const next = { reward: 'exp(-x)', termination: 'x > 1', maxReturn: undefined };
    expect(adjustmentWords(setup(), setup(next))).toBe(
      'reward now exp(-x), ends where x > 1, largest return not known.',
    );
    expect(adjustmentWords(setup(next), setup({ maxSteps: 50 }))).toBe(
      'reward now 1, nothing ends an episode early, 50 steps an episode at most, largest return 200.',
    );
  });

  it('tells what counts as success', () => {
    const done = { success: 'abs(x) < 0.1' };
    expect(adjustmentWords(setup(), setup(done))).toBe('success is abs(x) < 0.1.');
    expect(adjustmentWords(setup(done), setup())).toBe('nothing counts as success.');
  });

  it('tells a variable that is another formula, new or gone', () => {
    const tip = setup({ let: { tip: 'x + 1', old: '2' } });
    expect(adjustmentWords(tip, setup({ let: { tip: 'x + 2', more: '3' } }))).toBe(
      'tip now x + 2, no variable old, more now 3.',
    );
  });
});
