import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import type { Core } from '../../src/main/core';
import { openDataset } from '../../src/main/formats/readers';
import { DatasetCard } from '../../src/shared/dataset';
import type { ExportReport, ExportStep } from '../../src/shared/export';
import { BALANCE, RANDOM_MOTION, withTestCore } from '../core/workspace';
import { attach, contractOver } from './client';

async function recorded(core: Core): Promise<number[]> {
  await core.rig.connect(BALANCE);
  await core.activity.record({ ...RANDOM_MOTION, unattended: true });
  return (await core.log.episodes()).map(({ id }) => id);
}

const exported = (core: Core) => {
  const folder = join(core.options.folder, 'exports');
  return existsSync(folder) ? readdirSync(folder) : [];
};

it('episodes are exported by a window: what is lost is said before, and a file that reads back lies in the exports', async () => {
  await withTestCore(async (core) => {
    const ids = await recorded(core);
    const client = contractOver(attach(core));
    const plan = await client.exports.plan({ format: 'parquet', ids });
    expect(plan).toMatchObject({ format: 'Parquet', episodes: ids.length, losses: expect.any(Array) });
    expect(exported(core)).toEqual([]);
    const steps: ExportStep[] = [];
    for await (const step of await client.exports.run({ format: 'parquet', ids })) steps.push(step);
    const last = steps.at(-1);
    if (last?.kind !== 'done') throw new Error('it did not end with what was written');
    expect(dirname(last.report.path)).toBe(join(core.options.folder, 'exports'));
    const dataset = await openDataset(last.report.path);
    expect(dataset?.head).toMatchObject({ episodes: ids.length, rows: plan.rows });
    await dataset?.close();
    // Another one beside it, and nothing is replaced.
    for await (const _ of await client.exports.run({ format: 'parquet', ids }));
    expect(exported(core)).toHaveLength(2);
    expect(statSync(last.report.path).isFile()).toBe(true);
    // A data set brings its card along.
    const { id } = await client.datasets.make({ name: 'moves', episodes: ids });
    let report: ExportReport | undefined;
    for await (const step of await client.exports.run({ format: 'csv', ids, dataset: id })) {
      if (step.kind === 'done') report = step.report;
    }
    expect(report?.card).toEqual([`${report?.path}.card.json`, `${report?.path}.card.md`]);
    const card = DatasetCard.parse(JSON.parse(readFileSync(report?.card?.[0] ?? '', 'utf8')));
    expect(card).toMatchObject({ name: 'moves', counts: { episodes: ids.length } });
  });
});

it('an export of episodes that are not there is refused in a sentence, and one that is no longer wanted leaves nothing', async () => {
  await withTestCore(async (core) => {
    const ids = await recorded(core);
    const client = contractOver(attach(core));
    await expect(client.exports.plan({ format: 'mcap', ids: [...ids, 999] })).rejects.toMatchObject({
      data: { code: 'not-found', message: 'There is no episode 999 with a step in this workspace.' },
    });
    const stop = new AbortController();
    const run = async () => {
      for await (const _ of await client.exports.run({ format: 'lerobot', ids }, { signal: stop.signal }));
    };
    const ended = run();
    stop.abort();
    await expect(ended).rejects.toThrow();
    await core.exports.close();
    expect(exported(core)).toEqual([]);
  });
});
