import { open } from 'node:fs/promises';
import type { FormatWriter } from '../types';
import { csvHead, csvLines } from './lines';

/** One line a step, the episode's number first: what a spreadsheet opens, and what `import --episode-column` takes apart again. */
export const csvWriter: FormatWriter = {
  title: 'CSV',
  place: 'file',
  losses: () => [
    'Units, limits, events and what plans predicted are not in a CSV file; the numbers of a step are.',
  ],
  async write(source, path) {
    const file = await open(path, 'w');
    try {
      for (const [i, episode] of source.episodes.entries()) {
        if (i === 0) await file.appendFile(csvHead(episode, ['episode']));
        let step = 0;
        for await (const rows of source.rows(episode)) {
          await file.appendFile(csvLines(rows, episode, step, [String(episode.id)]));
          step += rows.rows;
        }
      }
    } finally {
      await file.close();
    }
  },
};
