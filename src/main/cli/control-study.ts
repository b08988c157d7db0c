import { dirname, join, resolve } from 'node:path';
import type { ControlStudyFile } from '../../shared/control-study';
import { ForesightError } from '../../shared/errors';
import {
  type ControlStudyRun,
  controlSpreadWords,
  judgeControlBar,
  runControlStudy,
  writeControlReport,
} from '../control-study';
import { hostHere } from '../here-host';
import type { Output } from './output';
import { startProgress } from './progress';
import { isPage, reportPath } from './report-path';
import { workspaceOf } from './with-core';

interface StudyFlags {
  report?: string;
  fresh?: boolean;
  jobs?: number;
}

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
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const done: { study: ControlStudyFile; run: ControlStudyRun; report: string }[] = [];
  try {
    for (const { file, study } of files) {
      const run = await runShown(file, study, cacheFolder, flags, stop.signal);
      const report = reportOf(study);
      const flag = flags.report === undefined ? '' : ` --report ${flags.report}`;
      await writeControlReport(report, study, run, `npm run foresight -- experiment ${file}${flag}`);
      done.push({ study, run, report });
    }
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
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
  const failed = done.flatMap(({ run }) => run.failed);
  const [problem] = failed;
  if (problem) {
    throw new ForesightError(
      problem.error.code,
      `${failed.length} of the units failed, first ${problem.variant}, seed ${problem.seed}: ${problem.error.message}`,
      problem.error.next,
    );
  }
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
