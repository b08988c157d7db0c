/** Records episode after episode into the workspace argv[2] at argv[3] Hz until it is killed, and says what it did. */
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openLog } from '../../src/main/log';
import { BEAT_MS, newEpisode, plannedRow } from './fixtures';

const [folder = '', rate = '100', length = '120'] = process.argv.slice(2);
const say = (...words: (string | number)[]) => writeSync(1, `${words.join(' ')}\n`);
const now = () => performance.timeOrigin + performance.now();

// A thread that does nothing but say when it ran, so that a starved machine is not held against the log.
const heart = `const { writeSync } = require('node:fs');
  setInterval(() => writeSync(1, 'beat ' + (performance.timeOrigin + performance.now()) + '\\n'), ${BEAT_MS})`;
new Worker(heart, { eval: true, execArgv: [] });

const log = await openLog(folder);
log.onFailure((message) => say('failure', message));
for (;;) {
  const id = await log.beginEpisode(newEpisode());
  say('begin', id);
  await new Promise<void>((resolve) => {
    const began = performance.now();
    let step = 0;
    const timer = setInterval(() => {
      while (step < Number(length) && performance.now() - began >= (step * 1000) / Number(rate)) {
        const event = { step, kind: 'overrun', message: 'late' } as const;
        log.appendRows(id, [plannedRow(step)], step % 10 === 9 ? [event] : []);
        say('row', id, step, now());
        step++;
      }
      if (step < Number(length)) return;
      clearInterval(timer);
      resolve();
    }, 2);
  });
  await log.endEpisode(id, { state: 'complete', terminated: false, reason: 'Long enough.' });
  say('end', id);
}
