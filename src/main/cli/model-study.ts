import { dirname, join, resolve } from 'node:path';
import type { ModelStudyFile } from '../../shared/model-study';
import { hostHere } from '../processes/here-host';
import { requireReportPlace } from '../studies/common/report-files';
import { spreadWords } from '../studies/common/tables';
import { judgeBar, runModelStudy, type StudyRun, writeReport } from '../studies/model';
import { interrupts } from './interrupts';
import { number, type Output } from './output';
import { startProgress } from './progress';
import { reportPath } from './report-path';
import { commandOf, requireAllDone, type StudyFlags } from './studies';
import { workspaceOf } from './with-core';

/** Runs model studies, writes one report on all of them, and prints whether their bars are met. */
export async function runModelStudies(
  out: Output,
  files: readonly { file: string; study: ModelStudyFile }[],
  flags: StudyFlags,
): Promise<void> {
  const cacheFolder = join(workspaceOf(out.options), 'studies');
  const [first] = files;
  const name = files.length > 1 ? 'studies' : (first?.study.name ?? 'studies');
  const report = reportPath(flags.report, cacheFolder, name);
  // Before hours of work and not after them.
  await requireReportPlace(report, { ...flags, numbers: false });
  const studies: { study: ModelStudyFile; run: StudyRun }[] = [];
  for (const { file, study } of files) {
    studies.push({ study, run: await runShown(out, file, study, cacheFolder, flags, interrupts()) });
  }
  await writeReport(report, studies, commandOf(files, flags), flags);
  const bars = studies.map(({ study, run }) => study.bars.map((bar) => judgeBar(study, bar, run)));
  const document = studies.map(({ study, run }, i) => ({ study: study.name, bars: bars[i], ...run }));
  out.result({ report, studies: document }, () => {
    for (const list of bars) {
      for (const { title, met, sources } of list) {
        out.line(`${met === null ? '–     ' : met ? 'met   ' : 'missed'}  ${title}`);
        for (const { source, variants } of sources) {
          for (const { variant, value } of variants)
            out.line(`          ${source}, ${variant}: ${spreadWords(value)}`);
        }
      }
    }
    out.line(`Report: ${report}`);
  });
  requireAllDone(
    'trainings',
    studies.flatMap(({ run }) =>
      run.failed.map(({ source, variant, seed, error }) => ({
        ...{ title: `${source}, ${variant}, seed ${seed}`, error },
      })),
    ),
  );
}

async function runShown(
  out: Output,
  file: string,
  study: ModelStudyFile,
  cacheFolder: string,
  flags: StudyFlags,
  signal: AbortSignal,
): Promise<StudyRun> {
  const total = study.sources.length * study.seeds.length * Object.keys(study.variants).length;
  const progress = startProgress(study.name, total);
  try {
    const run = await runModelStudy(study, {
      host: hostHere(),
      folder: dirname(resolve(file)),
      cacheFolder,
      signal,
      ...(flags.fresh && { fresh: true }),
      ...(flags.jobs !== undefined && { processes: flags.jobs }),
      onProgress: ({ done, total: all, title, training }) =>
        progress.update(
          done,
          all,
          training ? `${title}: ${training.phase} ${number(training.epoch)}` : title,
        ),
    });
    for (const { reason } of run.leftOut) out.remark(reason);
    return run;
  } finally {
    progress.finish();
  }
}
