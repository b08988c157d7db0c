import { dirname, join, resolve } from 'node:path';
import { type ErrorShape, ForesightError } from '../../shared/errors';
import { hostHere } from '../processes/here-host';
import type { Host } from '../processes/port';
import type { VariantBarResult } from '../studies/common/bars';
import { barWords } from '../studies/common/page';
import { requireReportPlace } from '../studies/common/report-files';
import { interrupts } from './interrupts';
import type { Output } from './output';
import { startProgress } from './progress';
import { isPage, reportPath } from './report-path';
import { commandOf, requireAllDone, type StudyFlags } from './studies';
import { workspaceOf } from './with-core';

/** What a kind of study is that has variants, seeds, and a report of its own a file. */
export interface ReportedKind<
  Study extends { name: string; seeds: number[]; variants: object },
  Run extends { failed: { variant: string; seed: number; error: ErrorShape }[] },
> {
  /** "control study", in sentences. */
  what: string;
  run(
    study: Study,
    options: {
      host: Host;
      folder: string;
      cacheFolder: string;
      signal: AbortSignal;
      fresh?: boolean;
      processes?: number;
      onProgress(state: { done: number; total: number; title: string }): void;
    },
  ): Promise<Run>;
  judge(study: Study, run: Run): VariantBarResult[];
  write(file: string, study: Study, run: Run, command: string, flags: StudyFlags): Promise<void>;
}

/** Runs studies of a kind one after the other, each with a report of its own, and prints whether their bars are met. */
export async function runReportedStudies<
  Study extends { name: string; seeds: number[]; variants: object },
  Run extends { failed: { variant: string; seed: number; error: ErrorShape }[] },
>(
  out: Output,
  kind: ReportedKind<Study, Run>,
  files: readonly { file: string; study: Study }[],
  flags: StudyFlags,
): Promise<void> {
  const cacheFolder = join(workspaceOf(out.options), 'studies');
  if (isPage(flags.report) && files.length > 1) {
    throw new ForesightError(
      'wrong-use',
      `Each ${kind.what} has a report of its own, and --report names one.`,
      'Name a folder with --report, or call experiment once for each file.',
    );
  }
  const reportOf = (study: Study) => reportPath(flags.report, cacheFolder, study.name);
  // Before hours of work and not after them.
  for (const { study } of files) await requireReportPlace(reportOf(study), { ...flags, numbers: true });
  const done: { study: Study; run: Run; report: string; bars: VariantBarResult[] }[] = [];
  for (const { file, study } of files) {
    const run = await runShown(kind, file, study, cacheFolder, flags);
    const report = reportOf(study);
    await kind.write(report, study, run, commandOf([{ file }], flags), flags);
    done.push({ study, run, report, bars: kind.judge(study, run) });
  }
  out.result(
    { studies: done.map(({ study, run, report, bars }) => ({ study: study.name, report, bars, ...run })) },
    () => {
      for (const { report, bars } of done) {
        for (const { title, met, variants } of bars) {
          out.line(`${met ? 'met   ' : 'missed'}  ${title}`);
          for (const { variant, value } of variants) out.line(`          ${variant}: ${barWords(value)}`);
        }
        out.line(`Report: ${report}`);
      }
    },
  );
  requireAllDone(
    'units',
    done.flatMap(({ run }) =>
      run.failed.map(({ variant, seed, error }) => ({ title: `${variant}, seed ${seed}`, error })),
    ),
  );
}

async function runShown<
  Study extends { name: string; seeds: number[]; variants: object },
  Run extends { failed: { variant: string; seed: number; error: ErrorShape }[] },
>(
  kind: ReportedKind<Study, Run>,
  file: string,
  study: Study,
  cacheFolder: string,
  flags: StudyFlags,
): Promise<Run> {
  const progress = startProgress(study.name, study.seeds.length * Object.keys(study.variants).length);
  try {
    return await kind.run(study, {
      ...{ host: hostHere(), folder: dirname(resolve(file)), cacheFolder, signal: interrupts() },
      ...(flags.fresh && { fresh: true }),
      ...(flags.jobs !== undefined && { processes: flags.jobs }),
      onProgress: ({ done, total, title }) => progress.update(done, total, title),
    });
  } finally {
    progress.finish();
  }
}
