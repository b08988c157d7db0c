import type { Command } from 'commander';
import { checkCommand } from './check';
import { episodeEditCommands } from './episode-edits';
import { episodeFramesCommand } from './episode-frames';
import { episodeShowCommand } from './episode-show';
import { number, type Output } from './output';
import { withReader } from './with-core';

export function episodeCommands(program: Command, output: () => Output): void {
  const episode = program.command('episode').description('recorded episodes of the workspace');

  episode
    .command('list')
    .description('every episode, newest last')
    .option('--rig <name>', 'only those of this rig')
    .option('--deleted', 'deleted ones as well', false)
    .action(async (flags: { rig?: string; deleted: boolean }) => {
      const out = output();
      const episodes = await withReader(out.options, (log) =>
        log.episodes({ rig: flags.rig, includeDeleted: flags.deleted }),
      );
      out.result({ episodes }, () => {
        if (episodes.length === 0) out.line('No episode yet. Record some: foresight record.');
        else
          out.table(
            ['episode', 'rig', 'source', 'state', 'steps', 'return', 'missed', 'started', 'outcome', 'tags'],
            episodes.map((e) => [
              String(e.id),
              e.rig,
              e.source,
              e.deletedAt === null ? e.state : 'deleted',
              String(e.steps),
              number(e.return),
              String(e.missedPlans),
              new Date(e.startedAt).toISOString().slice(0, 19).replace('T', ' '),
              [e.starred ? '★' : '', e.outcome ?? ''].join(' ').trim(),
              e.tags.join(' '),
            ]),
          );
      });
    });

  episodeShowCommand(episode, output);
  checkCommand(episode, output);
  episodeFramesCommand(episode, output);
  episodeEditCommands(episode, output);
}
