import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ourRow } from '../../../src/main/bench/compare/our-rows';
import { chosenRows, POLICY_ROWS } from '../../../src/main/bench/compare/rows';

it('an update of SAC is the one that trains: what others have to find, its work, and its time on one thread and two', async () => {
  const [row] = chosenRows(['sac'], POLICY_ROWS);
  if (row?.kind !== 'sac') throw new Error('there is no such row');
  // Counted by hand: critics 5 × forward and 2 × hidden layers back, actor thrice and its hidden layers back, 2 × 256 each.
  expect((await ourRow(row, 'native', '')).gflop).toBeCloseTo(0.58, 2);
  const small = { ...row, batch: 16, network: { ...row.network, hiddenUnits: 8 } };
  const { problem, expected, open } = await ourRow(small, 'native', '');
  expect(Object.keys(expected)).toEqual(['criticLoss', 'value', 'entropy']);
  for (const [value] of Object.values(expected).map((values) => [...Array.from(values)]))
    expect(value).toBeTypeOf('number');
  // All that the others begin from is handed to them.
  const from = ['actor/layer0/kernel', 'critic/layer2/bias', 'temperature'];
  expect([...problem.arrays.keys()]).toEqual(expect.arrayContaining(from));
  expect(problem.arrays.get('compared/state')?.shape).toEqual([8, 16, 17]);
  expect(problem.arrays.get('replay/action')?.shape).toEqual([10_000, 6]);
  for (const threads of [1, 2]) {
    const opened = await open(threads);
    expect((await opened.go({ ms: 1, least: 3 })).length).toBeGreaterThanOrEqual(3);
    await opened.close();
  }
});

it('what a policy imagines is worth what the formula says, and MBPO has its updates behind it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-policy-rows-'));
  const [rollouts, , mbpo] = POLICY_ROWS.filter(({ kind }) => kind === 'imagined');
  if (rollouts?.kind !== 'imagined' || mbpo?.kind !== 'imagined') throw new Error('there are no such rows');
  const network = { members: 5, hiddenLayers: 2, hiddenUnits: 8 };
  const { expected, gflop } = await ourRow({ ...rollouts, network, rows: 20 }, 'native', folder);
  const { reward = [], next = [] } = expected;
  expect(reward.length).toBeGreaterThanOrEqual(100);
  for (let row = 0; row < 100; row++) {
    const [x, angle] = [next[4 * row] as number, next[4 * row + 2] as number];
    expect(reward[row]).toBeCloseTo(1 - angle ** 2 - 0.1 * x ** 2, 5);
  }
  const whole = await ourRow({ ...mbpo, network, rows: 20 }, 'native', folder);
  expect(whole.gflop).toBeGreaterThan(gflop as number);
  await rm(folder, { recursive: true });
});
