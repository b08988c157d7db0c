import type { Command } from 'commander';
import { type EpisodeFlag, FLAG_WORDS } from '../../shared/flags';
import type { Log } from '../log/types';
import { integer } from './options';
import type { Output } from './output';
import { withLog } from './with-core';

export function episodeFlagsCommand(episode: Command, output: () => Output): void {
  episode
    .command('flags [episodes...]')
    .description(
      'what may be wrong with episodes, found from their rows, events and pictures; all of them when left out',
    )
    .option('--rig <name>', 'of all, only those of this rig')
    .action(async (numbers: string[], { rig }: { rig?: string }) => {
      const out = output();
      const found = await withLog(out.options, (log) => flagsOf(log, numbers.map(integer(1)), rig));
      out.result({ episodes: found }, () => {
        const flags = found.flatMap((one) => one.flags.map((flag) => ({ id: one.id, ...flag })));
        const doubtful = found.filter((one) => one.flags.length > 0).length;
        out.line(`${doubtful} of ${found.length} episodes have flags.`);
        if (flags.length === 0) return;
        out.table(
          ['episode', 'flag', 'channel', 'from step', 'to step', 'what'],
          flags.map(({ id, kind, channel, from, to, message }) => [
            ...[String(id), FLAG_WORDS[kind], channel ?? '', String(from), String(to), message],
          ]),
        );
      });
    });
}

/** Of those that are being recorded nothing is known yet. */
async function flagsOf(
  log: Log,
  asked: number[],
  rig: string | undefined,
): Promise<{ id: number; flags: EpisodeFlag[] }[]> {
  const ids = asked.length > 0 ? asked : (await log.episodes({ rig })).map(({ id }) => id);
  const found: { id: number; flags: EpisodeFlag[] }[] = [];
  for (const id of ids) {
    const flags = await log.flags(id);
    if (flags !== null) found.push({ id, flags });
  }
  return found;
}
