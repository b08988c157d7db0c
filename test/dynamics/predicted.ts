import {
  arrayConstants,
  predictedMembers,
  predictionArrays,
  predictorOf,
} from '../../src/main/dynamics/classes';
import type { TrainingData } from '../../src/main/dynamics/data/training-data';
import { stateWidth, targetCount } from '../../src/main/dynamics/layout';
import { named } from '../../src/main/dynamics/mlp';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { openEngine } from '../../src/main/tensor';
import { writtenOut } from './dynamics-helpers';

/** [count, targets] predicted from the data's transitions, mean over the members that predict. */
export async function predictedTargets(
  model: DynamicsModel,
  { transitions, layout }: Pick<TrainingData, 'transitions' | 'layout'>,
): Promise<Float64Array> {
  const { count, states, actions } = writtenOut(transitions);
  const arrays = predictionArrays(model);
  const members = predictedMembers(arrays);
  const engine = await openEngine();
  const compiled = await engine.compile(
    (feeds) => ({
      mean: predictorOf(model, arrayConstants(arrays)).predict(named(feeds, 'state'), named(feeds, 'action'))
        .mean,
    }),
    [
      { name: 'state', shape: [1, count, stateWidth(layout)] },
      { name: 'action', shape: [1, count, layout.actions] },
    ],
    { name: 'prediction' },
  );
  try {
    const feeds = { state: Float32Array.from(states), action: Float32Array.from(actions) };
    const mean = (await compiled.run(feeds)).mean as Float32Array;
    const size = count * targetCount(layout);
    return Float64Array.from({ length: size }, (_, i) => {
      let sum = 0;
      for (let member = 0; member < members; member++) sum += mean[member * size + i];
      return sum / members;
    });
  } finally {
    await compiled.dispose();
  }
}

/** [targets] root-mean-square error of one step, as a share of the root-mean-square target. */
export async function stepErrors(
  model: DynamicsModel,
  data: Pick<TrainingData, 'transitions' | 'layout'>,
): Promise<number[]> {
  const predicted = await predictedTargets(model, data);
  const { targetNames } = data.transitions;
  const { targets } = writtenOut(data.transitions);
  return targetNames.map((_, column) => {
    let [squares, size] = [0, 0];
    for (let at = column; at < targets.length; at += targetNames.length) {
      squares += (predicted[at] - targets[at]) ** 2;
      size += targets[at] ** 2;
    }
    return Math.sqrt(squares / size);
  });
}
