import type { Command } from 'commander';
import { OUTCOMES, Outcome } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { Episodes } from '../core/episodes';
import { collected, integer, real } from './options';
import { counted, type Output } from './output';
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
    .command('star <episodes...>')
    .description('marks episodes as favourites')
    .option('--off', 'takes the star away', false)
    .action(async (numbers: string[], { off }: { off: boolean }) => {
      const out = output();
      const ids = numbers.map(integer(1));
      await withLog(out.options, (log) => log.starEpisodes(ids, !off));
      out.result({ episodes: ids, starred: !off }, () =>
        out.line(`${off ? 'Took the star of' : 'Starred'} ${ids.join(', ')}.`),
      );
    });

  episode
    .command('tag <episodes...>')
    .description('gives episodes tags, or takes some of theirs away')
    .option('--add <tag>', 'a tag that they get; several times for several', collected, [])
    .option('--remove <tag>', 'a tag that they lose; several times for several', collected, [])
    .action(async (numbers: string[], { add, remove }: { add: string[]; remove: string[] }) => {
      const out = output();
      const ids = numbers.map(integer(1));
      if (add.length + remove.length === 0)
        throw new ForesightError('wrong-use', 'No tag was named.', 'Name some with --add or --remove.');
      const { episodes } = await withLog(out.options, (log) => log.retagEpisodes(ids, add, remove));
      out.result({ episodes: ids, add, remove, changed: episodes }, () =>
        out.line(
          `${episodes === 0 ? 'They were tagged like that already.' : `Changed the tags of ${counted(episodes, 'episode')}.`} ${WAY_BACK}`,
        ),
      );
    });

  episode
    .command('outcome <outcome> <episodes...>')
    .description(`says how episodes went: ${OUTCOMES.join(', ')}, or none to take it back`)
    .action(async (said: string, numbers: string[]) => {
      const out = output();
      const outcome = outcomeOf(said);
      const ids = numbers.map(integer(1));
      await withLog(out.options, (log) => log.judgeEpisodes(ids, outcome));
      out.result({ episodes: ids, outcome }, () =>
        out.line(
          outcome === null
            ? `Nobody has judged ${ids.join(', ')} now.`
            : `Judged as ${outcome}: ${ids.join(', ')}.`,
        ),
      );
    });

  episode
    .command('trim <episode>')
    .description('keeps a part of an episode as a new episode in its place; nothing is destroyed')
    .option('--from <seconds>', 'where it shall begin; its beginning when left out', real(0, 1e9))
    .option('--to <seconds>', 'where it shall end; its end when left out', real(0, 1e9))
    .option('--from-step <step>', 'the same by a step', integer(0))
    .option('--to-step <step>', 'the same by a step, which is kept', integer(0))
    .action(async (id: string, flags: TrimFlags) => {
      const out = output();
      const which = integer(1)(id);
      const made = await withLog(out.options, async (log) => {
        const { steps } = await log.episode(which);
        const at = async (step?: number, second?: number) =>
          step ?? (second === undefined ? undefined : await log.rowAt(which, second));
        const from = (await at(flags.fromStep, flags.from)) ?? 0;
        const to = (await at(flags.toStep, flags.to)) ?? steps;
        return { id: await log.trimEpisode(which, from, to + 1), from, to };
      });
      out.result({ episode: which, ...made }, () =>
        out.line(`Episode ${made.id} has steps ${made.from} to ${made.to} of episode ${which}. ${WAY_BACK}`),
      );
    });

  episode
    .command('split <episode>')
    .description('makes two episodes of one; the row at the cut belongs to both')
    .option('--at <seconds>', 'seconds since the episode began', real(0, 1e9))
    .option('--at-step <step>', 'the same by a step', integer(0))
    .action(async (id: string, { at, atStep }: { at?: number; atStep?: number }) => {
      const out = output();
      const which = integer(1)(id);
      if ((at === undefined) === (atStep === undefined)) {
        throw new ForesightError('wrong-use', 'Where to split was not said once.', 'Add --at or --at-step.');
      }
      const made = await withLog(out.options, async (log) => {
        const row = atStep ?? (await log.rowAt(which, at ?? 0));
        return { step: row, ids: await log.splitEpisode(which, row) };
      });
      out.result({ episode: which, ...made }, () =>
        out.line(`Split at step ${made.step} into episodes ${made.ids.join(' and ')}. ${WAY_BACK}`),
      );
    });

  episode
    .command('merge <episodes...>')
    .description('puts episodes of one rig one after the other; nothing is learned across the seam')
    .action(async (numbers: string[]) => {
      const out = output();
      const ids = numbers.map(integer(1));
      const id = await withLog(out.options, (log) => log.mergeEpisodes(ids));
      out.result({ episodes: ids, id }, () =>
        out.line(`Episode ${id} has ${ids.join(', ')} one after the other. ${WAY_BACK}`),
      );
    });

  episode
    .command('undo')
    .description('takes the last edit of data back, whatever it was')
    .action(async () => {
      const out = output();
      const undone = await withLog(out.options, (log) => log.undo());
      out.result({ undone }, () =>
        out.line(undone === null ? 'There is nothing to undo.' : `Undone: ${undone}.`),
      );
    });

  episode
    .command('redo')
    .description('does what was undone last once more')
    .action(async () => {
      const out = output();
      const redone = await withLog(out.options, (log) => log.redo());
      out.result({ redone }, () =>
        out.line(redone === null ? 'There is nothing to redo.' : `Done again: ${redone}.`),
      );
    });
}

const WAY_BACK = 'To take it back: foresight episode undo.';

interface TrimFlags {
  from?: number;
  to?: number;
  fromStep?: number;
  toStep?: number;
}

/** @throws ForesightError wrong-use */
function outcomeOf(said: string): Outcome | null {
  if (said === 'none') return null;
  const parsed = Outcome.safeParse(said);
  if (parsed.success) return parsed.data;
  throw new ForesightError(
    'wrong-use',
    `"${said}" is no outcome of an episode.`,
    `Say one of ${OUTCOMES.join(', ')}, or none.`,
  );
}
