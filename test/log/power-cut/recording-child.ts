/** Records into the workspace argv[2] on the file system argv[3] (recording-vfs.c), episode after episode, and closes it. */
import Database from 'better-sqlite3';
import { openLog } from '../../../src/main/log';
import { sqliteOptions } from '../../../src/main/log/binding';
import { newEpisode, plannedRow } from '../fixtures';
import { EPISODES, ROWS } from './recorded';

const [folder = '', extension = ''] = process.argv.slice(2);
new Database(':memory:', sqliteOptions()).loadExtension(extension).close();
const log = await openLog(folder);
for (let episode = 0; episode < EPISODES; episode++) {
  const id = await log.beginEpisode(newEpisode());
  for (let step = 0; step < ROWS; step++) {
    log.appendRows(id, [plannedRow(step)], []);
    // A call commits what is waiting: every row is a commit of its own, however fast this goes.
    await log.rowAt(id, 0);
  }
  await log.endEpisode(id, { state: 'complete', terminated: false, reason: 'Long enough.' });
}
await log.close();
