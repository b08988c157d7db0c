import type { Command } from 'commander';
import { RetentionRule, type WorkspaceSize } from '../../shared/workspace';
import { writeWhole } from '../files/write-whole';
import { backupWorkspace } from '../log/keeping/backup';
import { compactLog } from '../log/keeping/compact';
import { leaving } from '../log/keeping/retention';
import { readRule, ruleFile } from '../log/keeping/rule-file';
import { interrupts } from './interrupts';
import { collected, real } from './options';
import { counted, number, type Output } from './output';
import { startProgress } from './progress';
import { withLog, withReader, workspaceOf } from './with-core';

/** What is done with a workspace as a whole: how large it is, a copy of it, what of it is kept. */
export function keepingCommands(program: Command, output: () => Output): void {
  sizeCommand(program, output);
  backupCommand(program, output);
  retentionCommand(program, output);
  compactCommand(program, output);
}

function sizeCommand(program: Command, output: () => Output): void {
  program
    .command('size')
    .description('what the workspace takes on its disk')
    .action(async () => {
      const out = output();
      const size = await withReader(out.options, (log) => log.size());
      out.result(size, () => printSize(out, size));
    });
}

function printSize(out: Output, size: WorkspaceSize): void {
  out.table(
    ['what', 'size'],
    [
      [`log, ${counted(size.episodes, 'episode')}`, megabytes(size.logBytes)],
      [`  of deleted ones (${size.deletedEpisodes})`, megabytes(size.deletedBytes)],
      ['  not used', megabytes(size.unusedBytes)],
      ['models, policies, checkpoints', megabytes(size.modelBytes)],
      ['exports', megabytes(size.exportBytes)],
      ['other files', megabytes(size.otherBytes)],
      ['all', megabytes(size.totalBytes)],
      ['free on the disk', megabytes(size.diskFreeBytes)],
    ],
  );
  if (size.deletedBytes + size.unusedBytes > 0) {
    out.line('Deleted episodes and what is not used goes back to the disk with: foresight compact --apply.');
  }
}

const megabytes = (bytes: number) => `${number(bytes / 1e6)} MB`;

function backupCommand(program: Command, output: () => Output): void {
  program
    .command('backup <folder>')
    .description(
      'copies the workspace into a new folder, which is a workspace itself; also while something is recorded',
    )
    .action(async (folder: string) => {
      const out = output();
      const stop = interrupts();
      const progress = startProgress('copying', 1);
      const done = await backupWorkspace(workspaceOf(out.options), folder, {
        onPages: (pages, all) => progress.update(pages, all),
        stop,
      });
      progress.finish();
      out.result(done, () => {
        out.line(
          `Copied ${counted(done.episodes, 'episode')} and ${counted(done.files, 'file')} to ${done.folder}.`,
        );
        for (const path of done.leftOut) out.line(`Left out, because it is no plain file: ${path}.`);
        out.line('To use it, open it as a workspace (--data), or put it in the place of one that is lost.');
      });
    });
}

interface RetentionFlags {
  keepDays?: number;
  mostGb?: number;
  keepTag?: string[];
  apply: boolean;
}

function retentionCommand(program: Command, output: () => Output): void {
  program
    .command('retention')
    .description(
      'which episodes the rule of this workspace lets go; deletes them with --apply, which "episode undo" takes back',
    )
    .option('--keep-days <n>', 'sets the rule: episodes older than so many days go', real(0.001, 1e6))
    .option(
      '--most-gb <n>',
      'sets the rule: the oldest go until the others take no more than so many GB',
      real(1e-6, 1e6),
    )
    .option(
      '--keep-tag <tag>',
      'sets the rule: episodes with this tag stay; may be repeated; "keep" when left out',
      collected,
    )
    .option('--apply', 'deletes what the rule lets go', false)
    .action(async (flags: RetentionFlags) => {
      const out = output();
      const folder = workspaceOf(out.options);
      const rule = ruleOf(flags) ?? readRule(folder);
      if (rule === null) {
        out.result({ rule, leaving: [], deleted: false }, () =>
          out.line(
            'No rule says what is kept, so everything is. Set one: foresight retention --keep-days 90.',
          ),
        );
        return;
      }
      // A rule is declared for a workspace that is there.
      const going = await (flags.apply ? withLog : withReader)(out.options, async (log) => {
        if (ruleOf(flags) !== null) await writeWhole(ruleFile(folder), `${JSON.stringify(rule, null, 2)}\n`);
        const found = leaving(await log.episodes(), await log.episodeBytes(), rule, Date.now());
        if (flags.apply && found.length > 0) await log.deleteEpisodes(found.map(({ id }) => id));
        return found;
      });
      out.result({ rule, leaving: going, deleted: flags.apply }, () =>
        printLeaving(out, rule, going, flags.apply),
      );
    });
}

/** Null where the flags say nothing. */
function ruleOf({ keepDays, mostGb, keepTag }: RetentionFlags): RetentionRule | null {
  if (keepDays === undefined && mostGb === undefined && keepTag === undefined) return null;
  return RetentionRule.parse({
    keepDays,
    mostBytes: mostGb === undefined ? undefined : Math.round(mostGb * 1e9),
    keepTags: keepTag,
  });
}

function printLeaving(
  out: Output,
  rule: RetentionRule,
  going: ReturnType<typeof leaving>,
  applied: boolean,
): void {
  const parts = [
    rule.keepDays === undefined ? '' : `episodes of the last ${rule.keepDays} days`,
    rule.mostBytes === undefined ? '' : `at most ${megabytes(rule.mostBytes)}, the newest first`,
    `whatever is tagged ${rule.keepTags.join(' or ')}`,
  ];
  out.line(`Kept are ${parts.filter((part) => part !== '').join('; ')}.`);
  if (going.length === 0) {
    out.line('Nothing is to go.');
    return;
  }
  const bytes = going.reduce((sum, episode) => sum + episode.bytes, 0);
  const what = `${counted(going.length, 'episode')} (${going[0]?.id} to ${going.at(-1)?.id}, ${megabytes(bytes)})`;
  if (!applied) out.line(`${what} would go. To delete them: foresight retention --apply.`);
  else {
    out.line(`Deleted ${what}. To bring them back: foresight episode undo.`);
    out.line(
      'Their room goes back to the disk, and they are gone for good, with: foresight compact --apply.',
    );
  }
}

function compactCommand(program: Command, output: () => Output): void {
  program
    .command('compact')
    .description(
      'what would go back to the disk: deleted episodes, and room that the log does not use; does it with --apply',
    )
    .option('--apply', 'takes deleted episodes away for good; undo does not reach them any more', false)
    .action(async (flags: { apply: boolean }) => {
      const out = output();
      if (!flags.apply) {
        const size = await withReader(out.options, (log) => log.size());
        out.result(size, () => {
          out.line(
            `${counted(size.deletedEpisodes, 'deleted episode')} (${megabytes(size.deletedBytes)}) would go for good, and ${megabytes(size.unusedBytes)} that the log does not use would go back to the disk.`,
          );
          out.line('To do it: foresight compact --apply. It needs the workspace for itself.');
        });
        return;
      }
      const done = compactLog(workspaceOf(out.options));
      out.result(done, () => {
        out.line(`${counted(done.episodes.length, 'deleted episode')} went for good.`);
        out.line(`The log took ${megabytes(done.bytesBefore)} and takes ${megabytes(done.bytesAfter)}.`);
      });
    });
}
