import { join } from 'node:path';
import type { Command } from 'commander';
import { asForesightError, ForesightError } from '../../shared/errors';
import { readModel } from '../dynamics/model-file';
import { damageSentence, modelPath, openLog } from '../log';
import { type Repair, repairLog } from '../log/repair';
import type { Log, LogCheck } from '../log/types';
import { readPolicy } from '../policy/representation/policy-file';
import { counted, type Output } from './output';
import { withReader, workspaceOf } from './with-core';

interface WorkspaceCheck extends LogCheck {
  /** Learned models and policies whose files are not as they were written, or are gone. */
  files: string[];
}

interface CheckFlags {
  acceptLoss: boolean;
  repair: boolean;
}

/** `foresight check`, and the same under `foresight episode`, where it was first. */
export function checkCommand(parent: Command, output: () => Output): void {
  parent
    .command('check')
    .description(
      'reads the whole workspace and says what of it is not as it was written; changes nothing unless told to',
    )
    .option('--repair', 'mends what can be mended, and keeps a copy of the log as it was', false)
    .option('--accept-loss', 'goes on without a log, or the end of one, that is missing', false)
    .action(async (flags: CheckFlags) => {
      const out = output();
      const folder = workspaceOf(out.options);
      if (flags.acceptLoss) await (await openLog(folder, { acceptLoss: true })).close();
      const repair = flags.repair ? repairLog(folder) : null;
      const found: WorkspaceCheck = await withReader(out.options, async (log) => ({
        ...(repair?.left ?? (await log.check())),
        files: await fileComplaints(log),
      }));
      const sentences = sentencesOf(found);
      out.result({ ...found, ...(repair && { repair: { done: repair.done, copy: repair.copy } }) }, () => {
        if (repair !== null) printRepair(out, repair);
        printCheck(out, found, sentences);
      });
      if (sentences.length > 0) throw notAsWritten(sentences.length, repair !== null);
    });
}

const sentencesOf = ({ database, damage, files }: WorkspaceCheck): string[] => [
  ...database.map((what) => `The database: ${what}.`),
  ...damage.map(damageSentence),
  ...files,
];

async function fileComplaints(log: Log): Promise<string[]> {
  const complaints: string[] = [];
  const look = async (what: string, read: () => Promise<unknown>) => {
    await read().catch((thrown: unknown) => complaints.push(`${what}: ${asForesightError(thrown).message}`));
  };
  for (const { hash, name } of await log.models()) {
    await look(`The model "${name}"`, () => readModel(modelPath(log.folder, hash)));
  }
  for (const { hash, name } of await log.policies()) {
    await look(`The policy "${name}"`, () => readPolicy(join(log.folder, 'policies', `${hash}.safetensors`)));
  }
  return complaints;
}

function printRepair(out: Output, { done, copy }: Repair): void {
  for (const sentence of done) out.line(sentence);
  if (copy === null) out.line('There was nothing to repair in the log.');
  else out.line(`The log as it was is kept as ${copy}.`);
}

function printCheck(
  out: Output,
  { episodes, chunks, frames, unchecked }: LogCheck,
  sentences: string[],
): void {
  for (const sentence of sentences) out.line(sentence);
  const pictures = frames > 0 ? ` and ${counted(frames, 'picture')}` : '';
  const read = `Read ${counted(episodes, 'episode')} in ${counted(chunks, 'chunk')}${pictures}`;
  out.line(sentences.length === 0 ? `${read}: all of it is as it was written.` : `${read}.`);
  if (unchecked === 0) return;
  out.line(
    `${unchecked} of the chunks are from before there were checksums: they can be read, but nobody knows whether they are what was written.`,
  );
}

function notAsWritten(findings: number, repaired: boolean): ForesightError {
  return new ForesightError(
    'bad-file',
    `This workspace is not as it was written (${counted(findings, 'finding')}).`,
    repaired
      ? 'What is left cannot be mended here: take it from a backup, train a damaged model again, or go on without it.'
      : 'Take foresight.db from a backup, or mend what can be mended: foresight check --repair. Whole rows are kept, and a copy of the log as it is.',
  );
}
