import { describe, expect, it } from 'vitest';
import type { DynamicsModel, TrainingEpisode } from '../../../src/main/dynamics/types';
import { trustedOf, trustedOn } from '../../../src/main/policy/imagine/trusted';
import type { EvaluationReport } from '../../../src/shared/model';
import { driftModel } from '../../dynamics/models';

/** x goes up by `increment` at every step. */
const climbing = (increment: number, rows = 40): TrainingEpisode => ({
  id: 1,
  columns: {
    rows,
    observations: Float64Array.from({ length: rows }, (_, row) => increment * row),
    actions: new Float64Array(rows),
  },
});

/** A model that adds 1, of data with a spread of 10: it is trusted for errors up to 5. */
function model(): DynamicsModel {
  const drifting = driftModel([1], 0.1);
  drifting.normaliser.inputStd.set([10, 1]);
  return drifting;
}

describe('how long a model is trusted', () => {
  it('is up to the step at which its error passes half of the spread', async () => {
    // An error of 0.9 a step: 4.5 after five, 5.4 after six.
    expect(await trustedOn(model(), [climbing(1.9)])).toBe(5);
    expect(await trustedOn(model(), [climbing(7)])).toBe(0);
    expect(await trustedOn(model(), [climbing(1)])).toBe(25);
  });

  it('is not known on episodes too short to predict anything', async () => {
    expect(await trustedOn(model(), [climbing(1, 2)])).toBeNull();
  });

  it('is, of a model with a verdict, the horizon of the channel that it loses first', () => {
    const judged = model();
    expect(trustedOf(judged)).toBeNull();
    const channels = [12, null, 30].map((trusted) => ({ trusted }));
    const withVerdict = (chosen: typeof channels): DynamicsModel => {
      const report = { channels: chosen } as EvaluationReport;
      const judgedOn = { kind: 'unseen', episodes: 1, steps: 1, irregular: 0 } as const;
      const evaluation = { horizons: [], channels: [], samples: [], report, judgedOn };
      return { ...judged, summary: { ...judged.summary, evaluation } };
    };
    expect(trustedOf(withVerdict(channels))).toBe(0);
    expect(trustedOf(withVerdict(channels.filter(({ trusted }) => trusted !== null)))).toBe(12);
  });
});
