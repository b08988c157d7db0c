import type { Command } from 'commander';
import { Episodes } from '../core/episodes';
import { episodeCheckCommand } from './episode-check';
import { episodeEditCommands } from './episode-edits';
import { integer } from './options';
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
            ['episode', 'rig', 'source', 'state', 'steps', 'return', 'missed', 'started', 'tags'],
            episodes.map((e) => [
              String(e.id),
              e.rig,
              e.source,
              e.deletedAt === null ? e.state : 'deleted',
              String(e.steps),
              number(e.return),
              String(e.missedPlans),
              new Date(e.startedAt).toISOString().slice(0, 19).replace('T', ' '),
              e.tags.join(' '),
            ]),
          );
      });
    });

  episode
    .command('show <episode>')
    .description('one episode: what happened, and its rows with --json')
    .action(async (id: string) => {
      const out = output();
      const view = await withReader(out.options, (log) => new Episodes(log).view(integer(1)(id)));
      out.result(view, () => {
        const { summary, events } = view;
        out.line(
          `Episode ${summary.id} on ${summary.rig}: ${summary.steps} steps, return ${number(summary.return)},`,
        );
        out.line(`${summary.state}, ${number(summary.durationSeconds)} s, ${summary.source}.`);
        out.line();
        out.table(
          ['channel', 'unit', 'lowest', 'highest', 'last'],
          summary.observations.map((c, i) => {
            const values = (view.observations[i] ?? []).filter((v) => v !== null);
            return [
              c.name,
              c.unit,
              number(lowest(values)),
              number(-lowest(values.map((v) => -v))),
              number(view.observations[i]?.at(-1)),
            ];
          }),
        );
        if (events.length > 0) {
          out.line();
          out.table(
            ['step', 'event', 'what'],
            events.map((e) => [String(e.step), e.kind, e.message]),
          );
        }
      });
    });

  episodeCheckCommand(episode, output);
  episodeEditCommands(episode, output);
}

function lowest(values: number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
