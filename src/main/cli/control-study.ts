import { dirname, join, resolve } from 'node:path';
import type { ControlStudyFile } from '../../shared/control-study';
import { ForesightError } from '../../shared/errors';
import { hostHere } from '../processes/here-host';
import { requireReportPlace } from '../studies/common/report-files';
import {
  type ControlStudyRun,
  controlSpreadWords,
  judgeControlBar,
  runControlStudy,
  writeControlReport,
} from '../studies/control';
import { interrupts } from './interrupts';
import type { Output } from './output';
import { startProgress } from './progress';
import { isPage, reportPath } from './report-path';
import { commandOf, requireAllDone, type StudyFlags } from './studies';
import { workspaceOf } from './with-core';

/** Runs control studies one after the other, each with a report of its own, and prints whether their bars are met. */
export async function runControlStudyFiles(
  out: Output,
  files: readonly { file: string; study: ControlStudyFile }[],
  flags: StudyFlags,
): Promise<void> {
  const cacheFolder = join(workspaceOf(out.options), 'studies');
  if (isPage(flags.report) && files.length > 1) {
    throw new ForesightError(
      'wrong-use',
      'Each control study has a report of its own, and --report names one.',
      'Name a folder with --report, or call experiment once for each file.',
    );
  }
  const reportOf = (study: ControlStudyFile) => reportPath(flags.report, cacheFolder, study.name);
  // Before hours of work and not after them.
  for (const { study } of files) await requireReportPlace(reportOf(study), { ...flags, numbers: true });
  const done: { study: ControlStudyFile; run: ControlStudyRun; report: string }[] = [];
  for (const { file, study } of files) {
    const run = await runShown(file, study, cacheFolder, flags, interrupts());
    const report = reportOf(study);
    await writeControlReport(report, study, run, commandOf([{ file }], flags), flags);
    done.push({ study, run, report });
  }
  const judged = done.map(({ study, run }) =>
    study.bars.map((bar) => judgeControlBar(study, bar, run.units)),
  );
  out.result(
    {
      studies: done.map(({ study, run, report }, i) => ({
        study: study.name,
        report,
        bars: judged[i],
        ...run,
      })),
    },
    () => {
      done.forEach(({ report }, i) => {
        for (const { title, met, variants } of judged[i] ?? []) {
          out.line(`${met ? 'met   ' : 'missed'}  ${title}`);
          for (const { variant, value } of variants) {
            out.line(`          ${variant}: ${controlSpreadWords(value)}`);
          }
        }
        out.line(`Report: ${report}`);
      });
    },
  );
  requireAllDone(
    'units',
    done.flatMap(({ run }) =>
      run.failed.map(({ variant, seed, error }) => ({ title: `${variant}, seed ${seed}`, error })),
    ),
  );
}

async function runShown(
  file: string,
  study: ControlStudyFile,
  cacheFolder: string,
  flags: StudyFlags,
  signal: AbortSignal,
): Promise<ControlStudyRun> {
  const progress = startProgress(study.name, study.seeds.length * Object.keys(study.variants).length);
  try {
    return await runControlStudy(study, {
      ...{ host: hostHere(), folder: dirname(resolve(file)), cacheFolder, signal },
      ...(flags.fresh && { fresh: true }),
      ...(flags.jobs !== undefined && { processes: flags.jobs }),
      onProgress: ({ done, total, title }) => progress.update(done, total, title),
    });
  } finally {
    progress.finish();
  }
}
