import type { Command } from 'commander';
import { integer } from './options';
import type { Output } from './output';
import { withLog } from './with-core';

/** What is done to recorded data from the command line; all of it can be undone. */
export function episodeEditCommands(episode: Command, output: () => Output): void {
  episode
    .command('delete <episodes...>')
    .description('takes episodes out of every list, training and evaluation; "episode undo" brings them back')
    .action(async (numbers: string[]) => {
      const out = output();
      const ids = numbers.map(integer(1));
      await withLog(out.options, (log) => log.deleteEpisodes(ids));
      out.result({ deleted: ids }, () =>
        out.line(`Deleted ${ids.join(', ')}. To bring back: foresight episode undo.`),
      );
    });

  episode
    .command('undo')
    .description('takes the last edit of data back: a deletion, tags, an import')
    .action(async () => {
      const out = output();
      const undone = await withLog(out.options, (log) => log.undo());
      out.result({ undone }, () =>
        out.line(undone === null ? 'There is nothing to undo.' : `Undone: ${undone}.`),
      );
    });
}
