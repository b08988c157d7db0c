import { expect, it } from 'vitest';
import { BALANCE, RANDOM_MOTION, withTestCore } from '../core/workspace';
import { attach, contractOver } from './client';

it('a rule is set by a window, names what it lets go, and deletes nothing by itself', async () => {
  await withTestCore(async (core) => {
    await core.rig.connect(BALANCE);
    await core.activity.record({ ...RANDOM_MOTION, episodes: 3, unattended: true });
    const client = contractOver(attach(core));
    expect(await client.episodes.leaving()).toEqual({ rule: null, ids: [], bytes: 0 });
    await client.episodes.tag({ ids: [1], tags: ['keep'] });
    const left = await client.episodes.keep({ mostBytes: 1 });
    expect(left).toMatchObject({ rule: { mostBytes: 1, keepTags: ['keep'] }, ids: [2, 3] });
    expect(left.bytes).toBeGreaterThan(0);
    expect(await core.log.episodes()).toHaveLength(3);
    await client.episodes.remove({ ids: left.ids });
    expect((await client.episodes.leaving()).ids).toEqual([]);
    await client.episodes.undo();
    expect((await client.episodes.leaving()).ids).toEqual([2, 3]);
  });
});
