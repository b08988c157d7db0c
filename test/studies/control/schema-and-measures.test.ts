import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readStudy } from '../../../src/main/cli/experiment';
import { spreadWithInfinity } from '../../../src/main/studies/common/bars';
import { firstReaching, maxSoFar, measureOf, returnAt } from '../../../src/main/studies/control/measures';
import { ControlBar, ControlStudyFile, type ControlUnit } from '../../../src/shared/control-study';
import { StudyFile } from '../../../src/shared/study';

const folder = fileURLToPath(new URL('../../../docs/experiments/', import.meta.url));
const curves = fc.array(fc.record({ transitions: fc.integer({ min: 1, max: 99 }), return: fc.integer() }));

describe('a control study', () => {
  test.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('%s can be read', async (name) => {
    await expect(readStudy(folder + name)).resolves.toHaveProperty('name');
  });

  test('says where a variant is wrong', () => {
    const { error } = ControlStudyFile.safeParse({
      ...{ schema: 'foresight.control-study/1', name: 'a', title: 'A', base: {} },
      variants: { one: { planner: { method: 'cem', horizon: 0 } } },
      protocol: { kind: 'learning-curve', transitions: 10 },
    });
    expect(error?.issues[0]?.path).toEqual(['variants', 'one', 'planner', 'horizon']);
  });
});

describe('a policy for the planner of a study', () => {
  const study = (more: Record<string, unknown>) =>
    StudyFile.safeParse({
      ...{ schema: 'foresight.experiment/1', name: 'a', planner: { method: 'cem', terminalValue: true } },
      ...more,
    }).error?.issues[0]?.path.join('.');

  test('is asked for where the planner wants one, and must be learned from what is recorded', () => {
    expect(study({ guide: { name: 'fitted-value' } })).toBeUndefined();
    expect(study({ planner: { method: 'cem' } })).toBeUndefined();
    expect(study({})).toBe('guide');
    expect(study({ guide: { name: 'reinforce' } })).toBe('guide.name');
    expect(study({ driver: 'policy', planner: { method: 'cem' } })).toBe('guide');
    expect(study({ guide: { name: 'fitted-value' }, explore: true })).toBe('explore');
    expect(study({ guide: { name: 'fitted-value' }, guideFrom: 'previous' })).toBe('guideFrom');
  });
});

describe('measures', () => {
  test('the largest so far never falls and is never below a return', () => {
    fc.assert(
      fc.property(curves, (curve) => {
        const largest = maxSoFar(curve).map((point) => point.return);
        largest.forEach((value, i) => {
          expect(value).toBe(Math.max(...curve.slice(0, i + 1).map((point) => point.return)));
        });
      }),
    );
  });

  test('a return counts from the end of its trial, and the first to reach is the first', () => {
    const curve = [10, 20, 30].map((transitions, i) => ({ transitions, return: i }));
    expect([returnAt(curve, 9), returnAt(curve, 29), returnAt(curve, 30)]).toEqual([null, 1, 2]);
    expect([firstReaching(curve, 1), firstReaching(curve, 3)]).toEqual([20, null]);
  });

  test('success and a step’s reward are over all evaluation episodes, and not known where nobody counted', () => {
    const study = ControlStudyFile.parse({
      ...{ schema: 'foresight.control-study/1', name: 'a', title: 'A', base: {}, variants: { one: {} } },
      protocol: { kind: 'learning-curve', transitions: 10 },
    });
    const row = { ...{ at: 10, transitions: 10, disturbance: 'none', returns: [1], stepsOutside: 0 } };
    const unit = (of: object): ControlUnit => ({
      ...{ variant: 'one', seed: 0, curve: [], wallSeconds: 1 },
      evaluations: [{ ...row, planMs: null, size: null, ...of }],
    });
    const asked = (measure: string) => ControlBar.parse({ title: 'b', measure, at: 10, atLeast: 0.8 });
    const found = { success: 0.9, successShare: 0.7 };
    expect(measureOf(study, unit(found), asked('success'))).toBe(0.9);
    expect(measureOf(study, unit(found), asked('successShare'))).toBe(0.7);
    expect(measureOf(study, unit({}), asked('success'))).toBeNull();
    expect(measureOf(study, unit({ returns: [1, 11], steps: 120 }), asked('stepReward'))).toBeCloseTo(0.1, 9);
    expect(measureOf(study, unit({}), asked('stepReward'))).toBeNull();
  });

  test('a median of seeds stands where two of five never got there', () => {
    const never = Number.POSITIVE_INFINITY;
    expect(spreadWithInfinity([never, 300, 200, never, 250]).median).toBe(300);
    expect(spreadWithInfinity([never, never]).median).toBe(never);
  });
});
