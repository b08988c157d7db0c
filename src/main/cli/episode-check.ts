import type { Command } from 'commander';
import { ForesightError } from '../../shared/errors';
import { damageSentence, openLog } from '../log';
import type { LogCheck } from '../log/types';
import { counted, type Output } from './output';
import { withReader, workspaceOf } from './with-core';

export function episodeCheckCommand(episode: Command, output: () => Output): void {
  episode
    .command('check')
    .description('reads the whole log and says what of it is not as it was written')
    .option('--accept-loss', 'goes on without a log, or the end of one, that is missing', false)
    .action(async (flags: { acceptLoss: boolean }) => {
      const out = output();
      if (flags.acceptLoss) await (await openLog(workspaceOf(out.options), { acceptLoss: true })).close();
      const found = await withReader(out.options, (log) => log.check());
      const sentences = [
        ...found.database.map((what) => `The database: ${what}.`),
        ...found.damage.map(damageSentence),
      ];
      out.result(found, () => printCheck(out, found, sentences));
      if (sentences.length === 0) return;
      throw new ForesightError(
        'bad-file',
        `This log is not as it was written (${counted(sentences.length, 'finding')}).`,
        'Copy the workspace away before anything else, then take foresight.db from a backup, or go on without the damaged episodes: foresight episode delete.',
      );
    });
}

function printCheck(out: Output, { episodes, chunks, unchecked }: LogCheck, sentences: string[]): void {
  for (const sentence of sentences) out.line(sentence);
  const read = `Read ${counted(episodes, 'episode')} in ${counted(chunks, 'chunk')}`;
  out.line(sentences.length === 0 ? `${read}: all of it is as it was written.` : `${read}.`);
  if (unchecked === 0) return;
  out.line(
    `${unchecked} of the chunks are from before there were checksums: they can be read, but nobody knows whether they are what was written.`,
  );
}
