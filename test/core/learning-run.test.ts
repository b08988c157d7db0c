import { expect, it } from 'vitest';
import { LearningRun } from '../../src/main/core/learning-run';
import { LearnInput } from '../../src/shared/contract';
import { playedLearner } from '../jobs/played-learner';
import { untrainedPolicy } from '../policy/policies';
import { BALANCE, withTestCore } from './workspace';

const progress = (updates: number) => ({
  type: 'progress',
  progress: {
    ...{ phase: 'learning', detail: '', steps: 30, stepsInAll: 120, updates, secondsElapsed: 1, points: [] },
  },
});

it.each([
  ['has made no update yet was of no use: nothing is kept', 0],
  ['has learned something is what is kept', 8],
])('the last policy of a learner that is gone and %s', async (_, updates) => {
  await withTestCore(async (core) => {
    await core.rig.connect(BALANCE);
    const learner = playedLearner();
    let finished = 0;
    const run = await LearningRun.begin(
      {
        ...{ desk: core.rig, log: core.log, models: core.models, telemetry: core.telemetry },
        ...{ notices: core.notices, permit: new AbortController().signal, host: learner.host },
        announce: () => undefined,
        finish: () => finished++,
      },
      LearnInput.parse({ algorithm: { name: 'sac', hiddenUnits: 8 }, history: 1 }),
    );
    const { summary, arrays } = await untrainedPolicy('cartpole-balance');
    const actor = { shape: summary.actor, arrays };
    learner.say({ type: 'behave', behaviour: { kind: 'actor', actor, explore: true }, number: 1 });
    learner.say(progress(updates));
    learner.end('The learner was killed.');
    const kept = await run.close();
    const policies = (await core.log.policies()).map(({ hash }) => hash);
    if (updates === 0) {
      expect(finished).toBe(1);
      expect(run.failure).toMatchObject({ message: 'The learner was killed.' });
      expect([kept, policies]).toEqual([null, []]);
    } else {
      expect([finished, run.failure]).toEqual([0, null]);
      expect(kept).toMatchObject({ updates: 8, notes: ['The learner was lost: The learner was killed.'] });
      expect(policies).toEqual([kept?.hash]);
    }
  });
});
