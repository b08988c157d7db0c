import type { Command } from 'commander';
import { Episodes } from '../core/episodes';
import { integer, real } from './options';
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
    .command('note <episode> <text>')
    .description('writes a note at a moment of an episode, also of one that is being recorded')
    .option('--at <seconds>', 'seconds since the episode began; its end when left out', real(0, 1e9))
    .action(async (id: string, text: string, flags: { at?: number }) => {
      const out = output();
      const which = integer(1)(id);
      await withLog(out.options, (log) => new Episodes(log).note(which, text, flags.at));
      out.result({ episode: which }, () => out.line('Noted. To take it back: foresight episode undo.'));
    });

  episode
    .command('undo')
    .description('takes the last edit of data back: a deletion, tags, a note, an import')
    .action(async () => {
      const out = output();
      const undone = await withLog(out.options, (log) => log.undo());
      out.result({ undone }, () =>
        out.line(undone === null ? 'There is nothing to undo.' : `Undone: ${undone}.`),
      );
    });
}
