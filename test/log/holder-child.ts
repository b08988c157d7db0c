/** Has the workspace argv[2] open and records into it until a line says that it shall close; says what it is told. */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openLog } from '../../src/main/log';
import { newEpisode, row, rows } from './fixtures';

const log = await openLog(process.argv[2] ?? '');
log.onChange(() => writeSync(1, 'changed\n'));
log.onFailure((message) => writeSync(1, `failure ${message}\n`));
const first = await log.beginEpisode(newEpisode());
log.appendRows(first, rows(0, 60), []);
await log.endEpisode(first, { state: 'complete', terminated: false, reason: 'Long enough.' });
const id = await log.beginEpisode(newEpisode());
let step = 0;
const recording = setInterval(() => log.appendRows(id, [row(step++)], []), 10);
writeSync(1, 'ready\n');
for await (const _ of createInterface({ input: process.stdin })) break;
clearInterval(recording);
const end = await log.endEpisode(id, { state: 'complete', terminated: false, reason: 'Asked.' });
writeSync(1, `kept ${end.state} ${end.steps + 1 === step}\n`);
await log.close();
process.exit(0);
