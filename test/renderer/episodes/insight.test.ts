import { describe, expect, test } from 'vitest';
import { insightStrips } from '../../../src/renderer/episodes/insight';
import type { EpisodeWindow, Trace } from '../../../src/shared/episode-window';

const trace = (...first: (number | null)[]): Trace => ({ first });
const none = trace(null, null);
type Plans = NonNullable<EpisodeWindow['plans']>;

const plans = (parts: Partial<Plans>): Plans => ({
  ...{ predicted: [], predictedBand: [], received: none, expected: none },
  ...{ expectedBand: { low: [null, null], high: [null, null] }, disagreement: none, knownSteps: none },
  ...parts,
});

describe('strips of what plans said', () => {
  const keys = (said: Plans | undefined) => insightStrips({ plans: said }).map(({ key }) => key);

  test('are none for an episode that nobody planned', () => {
    expect(keys(undefined)).toEqual([]);
  });

  test('leave out what the model could not tell', () => {
    expect(keys(plans({ expected: trace(1, null) }))).toEqual(['return']);
    expect(keys(plans({ expected: trace(1, null), knownSteps: trace(4, null) }))).toEqual([
      'return',
      'known',
    ]);
  });

  test('say disagreement as a share in percent, of buckets too', () => {
    const more = { last: [0.5], min: [0.25], max: [1], gaps: [] };
    const [strip] = insightStrips({ plans: plans({ disagreement: { first: [0.5], more } }) });
    expect(strip?.trace).toEqual({ first: [50], more: { last: [50], min: [25], max: [100], gaps: [] } });
  });
});
