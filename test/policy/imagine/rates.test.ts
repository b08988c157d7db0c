import { expect, it } from 'vitest';
import { learn } from '../../../src/main/policy/learn';
import { loadRig } from '../../../src/main/rig';
import { AlgorithmOptions } from '../../../src/shared/policy';
import { transition } from '../trainings';

it('a policy that was learned in imagination says which actions the guard slows down, and only where it does', async () => {
  const rig = await loadRig('pendulum');
  const slow = rig.file.actions.map((channel) => ({ ...channel, ratePerSecond: 4 }));
  const recorded = Array.from({ length: 64 }, (_, i) =>
    transition({
      ...{ at: 0, state: Float32Array.of(i / 64, 0), next: Float32Array.of(i / 64, 0) },
      last: i === 63,
    }),
  );
  const notes = async (algorithm: object, actions: typeof rig.file.actions = slow) => {
    const options = AlgorithmOptions.parse({ hiddenUnits: 8, batchSize: 16, steps: 8, ...algorithm });
    const learned = await learn({
      ...{ rig: { ...rig, file: { ...rig.file, actions } }, task: rig.file.task, options, recorded },
      ...{ seed: 1, engine: 'native', threads: 1, history: 1, where: 'recorded' },
      ...{ signal: new AbortController().signal, onProgress: () => undefined },
    });
    return learned.notes.filter((note) => note.includes('how fast actions may change'));
  };
  const imagines = {
    ...{ name: 'model-gradient', modelMembers: 2, modelElites: 1, modelHiddenUnits: 8, modelHiddenLayers: 1 },
    modelPasses: 1,
  };
  expect(await notes(imagines)).toEqual([expect.stringContaining('torque (4 N m a second)')]);
  expect(await notes(imagines, rig.file.actions)).toEqual([]);
  expect(await notes({ name: 'sac' })).toEqual([]);
});
