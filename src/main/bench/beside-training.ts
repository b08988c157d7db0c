import { ForesightError } from '../../shared/errors';
import { TrainOptions } from '../../shared/model';
import type { Core } from '../core';

/** What a training learns from, in a workspace that is empty. */
export async function recordSomething(core: Core, seed: number): Promise<void> {
  await core.rig.connect({ rig: 'cartpole-balance', mode: 'lockstep', seed });
  await core.activity.record({ episodes: 10, maxSteps: 200, useTermination: false, seed });
  await core.rig.disconnect();
}

/** Works beside a training of default size on what `recordSomething` has recorded. */
export async function besideTraining<Result>(core: Core, work: () => Promise<Result>): Promise<Result> {
  const training = await core.models.trainings.train({
    name: 'beside-the-bench',
    options: TrainOptions.parse({ epochs: 100_000, patience: 100_000, holdOut: 0 }),
  });
  const over = training.done.then(
    () => true,
    () => true,
  );
  try {
    const result = await work();
    if (await Promise.race([over, Promise.resolve(false)])) {
      const what = 'The training was over before what is measured beside it was.';
      throw new ForesightError('internal', what, 'Measure again; look at the messages of the training.');
    }
    return result;
  } finally {
    training.cancel();
    await over;
  }
}
