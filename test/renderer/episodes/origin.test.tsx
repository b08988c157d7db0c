import '../window';
import { describe, expect, test } from 'vitest';
import { OriginLines } from '../../../src/renderer/episodes/EpisodeOrigin';
import type { EpisodeOrigin } from '../../../src/shared/episode';
import { words } from '../render';

const alone: EpisodeOrigin = { software: '1.2.3', seed: 7, rigFile: {}, task: null, run: null };

describe('what an episode was recorded with', () => {
  test('is said with version, seed, task, run, model and policy', () => {
    const origin: EpisodeOrigin = {
      ...alone,
      task: { reward: 'cos(angle)', termination: 'abs(x) > 2' },
      run: {
        ...{ id: 4, startedAt: 0, settings: { planner: { method: 'mppi' } } },
        ...{ model: { hash: 'ab'.repeat(32), name: 'm' }, policy: { hash: 'cd'.repeat(32), name: null } },
      },
    };
    expect(words(<OriginLines origin={origin} />)).toBe(
      'Recorded by Foresight 1.2.3, seed 7. Task: reward cos(angle), ends where abs(x) &gt; 2. ' +
        'Run 4, model m (abababab), policy that is not here any more (cdcdcdcd), planner mppi.',
    );
  });

  test('says what is not known, and nothing of what there was not', () => {
    expect(words(<OriginLines origin={{ ...alone, software: null, seed: null }} />)).toBe(
      'Recorded by a version of Foresight that is not known.',
    );
  });
});
