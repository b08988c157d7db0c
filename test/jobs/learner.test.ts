import { expect, it } from 'vitest';
import { type LearnerHooks, startLearner } from '../../src/main/jobs/learner';
import { loadRig } from '../../src/main/rig';
import type { ForesightError } from '../../src/shared/errors';
import { AlgorithmOptions } from '../../src/shared/policy';
import { untrainedPolicy } from '../policy/policies';
import { playedLearner } from './played-learner';

async function played() {
  const { host, say, wasKilled } = playedLearner();
  const lost: ForesightError[] = [];
  const hooks = { onLost: (error: ForesightError) => lost.push(error) } as unknown as LearnerHooks;
  const rig = await loadRig('pendulum');
  const job: Parameters<typeof startLearner>[1] = {
    ...{ name: 'policy', rig, task: rig.file.task, algorithm: AlgorithmOptions.parse({ name: 'sac' }) },
    ...{ seed: 0, engine: 'native', history: 1, model: null, folder: '/', nice: 0, threads: 1 },
  };
  return { learner: await startLearner(host, job, hooks), say, lost, wasKilled };
}

it('a learner that ends before it was asked to is lost, and whoever drives hears of it', async () => {
  const { say, lost, wasKilled } = await played();
  const { summary } = await untrainedPolicy('pendulum');
  say({ type: 'learned', file: 'somewhere', summary });
  expect(lost).toMatchObject([{ message: 'The learner ended before it was asked to.' }]);
  expect(wasKilled()).toBe(true);
});

it('one that was asked to end says what it has learned, and is not lost', async () => {
  const { learner, say, lost } = await played();
  const { summary } = await untrainedPolicy('pendulum');
  const finished = learner.finish([1]);
  say({ type: 'learned', file: 'somewhere', summary });
  expect((await finished).file).toBe('somewhere');
  expect(lost).toEqual([]);
});
