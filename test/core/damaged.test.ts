import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { columnOption, importCsvIntoLog } from '../../src/main/formats/csv';
import { EvaluateInput, TrainInput } from '../../src/shared/contract';
import { withTestCore } from './workspace';

const folder = mkdtempSync(join(tmpdir(), 'foresight-damaged-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HINGE = fileURLToPath(new URL('../fixtures/hinge.csv', import.meta.url));
const training = () =>
  TrainInput.parse({
    ...{ name: 'hinge', rig: 'hinge' },
    options: { class: { name: 'gaussian', hiddenUnits: 8 }, epochs: 1 },
  });

/** Flips one bit in the middle of an episode's numbers. */
function flipIn(episode: number): void {
  const database = new Database(join(folder, 'foresight.db'));
  const data = database
    .prepare<[number], Buffer>('SELECT data FROM chunks WHERE episode = ?')
    .pluck()
    .get(episode);
  const middle = Math.floor((data?.length ?? 0) / 2);
  data![middle] = (data![middle] ?? 0) ^ 4;
  database.prepare('UPDATE chunks SET data = ? WHERE episode = ?').run(data, episode);
  database.close();
}

it('an episode with a flipped bit is neither shown, trained nor evaluated on, and is named', async () => {
  await withTestCore(async (core) => {
    const mapping = {
      time: 'time',
      observations: [columnOption('q:rad:angle'), columnOption('dq:rad/s')],
      actions: [columnOption('tau:N m')],
    };
    await importCsvIntoLog(core.log, { files: [HINGE, HINGE], rig: 'hinge', mapping, periodSeconds: 0.02 });
    await (await core.models.trainings.train(training())).done;
  }, folder);
  flipIn(2);
  await withTestCore(async (core) => {
    const refused = {
      code: 'bad-file',
      message: expect.stringMatching(
        /^Episode 2 is damaged in the log: chunk 1, steps 0 to \d+: its numbers do not match/,
      ),
      next: expect.stringContaining('foresight episode delete 2'),
    };
    await expect(core.episodes.view(2)).rejects.toMatchObject(refused);
    const refusal = await core.models.trainings.train(training());
    await expect(refusal.done).rejects.toMatchObject(refused);
    expect(refusal.checkpoint()).toBeNull();
    await expect(core.models.evaluate(EvaluateInput.parse({ model: 'hinge' }))).rejects.toMatchObject(
      refused,
    );
    // Without it everything goes on.
    await core.episodes.remove([2]);
    expect((await (await core.models.trainings.train(training())).done).episodes).toEqual([1]);
  }, folder);
});
