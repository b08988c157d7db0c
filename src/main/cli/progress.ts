import cliProgress from 'cli-progress';

/** One thing in progress. On a terminal a bar, elsewhere a plain line at the start and at every tenth. */
export interface Progress {
  update(done: number, total: number, note?: string): void;
  finish(note?: string): void;
}

export function startProgress(title: string, total: number): Progress {
  return process.stderr.isTTY ? bar(title, total) : lines(title, total);
}

function bar(title: string, total: number): Progress {
  const shown = new cliProgress.SingleBar(
    {
      format: `  ${title.padEnd(18)} {bar} {value}/{total}  {note}`,
      barCompleteChar: '━',
      barIncompleteChar: '─',
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      fps: 10,
    },
    cliProgress.Presets.legacy,
  );
  shown.start(total, 0, { note: '' });
  return {
    update: (done, all, note = '') => {
      shown.setTotal(all);
      shown.update(done, { note });
    },
    finish: () => shown.stop(),
  };
}

function lines(title: string, total: number): Progress {
  let tenth = 0;
  process.stderr.write(`${title}: 0/${total}\n`);
  return {
    update: (done, all, note = '') => {
      const now = Math.floor((10 * done) / Math.max(1, all));
      if (now <= tenth) return;
      tenth = now;
      process.stderr.write(`${title}: ${done}/${all}${note ? `  ${note}` : ''}\n`);
    },
    finish: (note) => {
      if (note) process.stderr.write(`${title}: ${note}\n`);
    },
  };
}
