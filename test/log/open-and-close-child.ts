/** Opens the log of the workspace argv[2], records three rows and closes it, again and again, until it is killed. */
import { writeSync } from 'node:fs';
import { openLog } from '../../src/main/log';
import { newEpisode, rows } from './fixtures';

for (;;) {
  const log = await openLog(process.argv[2] ?? '');
  writeSync(1, 'open\n');
  const id = await log.beginEpisode(newEpisode());
  log.appendRows(id, rows(0, 3), []);
  await log.endEpisode(id, { state: 'complete', terminated: false, reason: 'Long enough.' });
  writeSync(1, `kept ${id}\n`);
  await log.close();
  writeSync(1, 'closed\n');
}
