import '../window';
import { beforeEach, expect, test } from 'vitest';
import { changeTask, rewardOf, typeReward, useRunForm } from '../../../src/renderer/run/run-form';
import { rigFile } from '../rig-file';

const rig = rigFile('pendulum');
const form = () => useRunForm.getState();

beforeEach(() => useRunForm.setState({ tasks: {}, rewards: {} }));

/** The form as a page that loads now makes it of what the one before kept. */
function reloaded() {
  const { partialize, merge } = useRunForm.persist.getOptions();
  const kept: unknown = JSON.parse(JSON.stringify(partialize?.(form())));
  useRunForm.setState({ tasks: {}, rewards: {} });
  return merge?.(kept, form()) ?? form();
}

test('a reward that is typed for a run and not applied is there after a reload, for its rig alone', () => {
  typeReward(rig.name, 'cos(q');
  const after = reloaded();
  expect(rewardOf(after, rig)).toBe('cos(q');
  const other = { ...rig, name: 'other' };
  expect(rewardOf(after, other)).toBe(rig.task.reward);
});

test('applied or with another task it makes room for what the run maximises', () => {
  typeReward(rig.name, '2 * q');
  changeTask(rig.name, { ...rig.task, reward: '3 * q' });
  expect(form().rewards).toEqual({});
  expect(rewardOf(form(), rig)).toBe('3 * q');
  changeTask(rig.name, null);
  expect(rewardOf(form(), rig)).toBe(rig.task.reward);
});
