import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exported, freshPath, workspaceWith } from '../workspaces';

it('several episodes in one CSV file are a line a step with the episode first, number for number', async () => {
  const log = await workspaceWith(3, 2);
  const path = freshPath('out.csv');
  const report = await exported(log, 'csv', path);
  expect(report).toMatchObject({ format: 'CSV', episodes: 2, path });
  const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(head).toBe(
    'episode,step,host_seconds,device_seconds,angle,speed,torque,requested_torque,reward,lateness_seconds,plan_ms,missed',
  );
  expect(lines.map((line) => line.split(',').slice(0, 2).join(' '))).toEqual([
    ...['1 0', '1 1', '1 2'],
    ...['2 0', '2 1'],
  ]);
  const { observations, actions } = await log.columns(2);
  const cells = lines[3]?.split(',').map(Number);
  expect(cells?.slice(4, 7)).toEqual([observations[0], observations[1], actions[0]]);
  // Nobody knows what was done after the last row.
  expect(lines[4]?.split(',')[6]).toBe('');
});
