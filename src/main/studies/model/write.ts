import { basename, dirname, join } from 'node:path';
import type { ModelStudyFile } from '../../../shared/model-study';
import { writeFigures } from '../../figures';
import { writeWhole } from '../../files/write-whole';
import { machineLine } from '../common/machine';
import { requireReportPlace } from '../common/report-files';
import { studyFigures } from './figures';
import { reportMarkdown } from './report';
import type { StudyRun } from './run';

/** Writes the report and, in a folder named after it, its figures as SVG and PNG. */
export async function writeReport(
  file: string,
  studies: readonly { study: ModelStudyFile; run: StudyRun }[],
  command: string,
  options: { force?: boolean | undefined } = {},
): Promise<void> {
  await requireReportPlace(file, { ...options, numbers: false });
  const beside = `${basename(file, '.md')}-figures`;
  const reported = studies.map(({ study, run }) => {
    const figures = study.sources.map(({ name }) => [name, studyFigures(study, run.units, name)] as const);
    return { study, run, figures };
  });
  for (const { figures } of reported) {
    for (const [, bySource] of figures) await writeFigures(join(dirname(file), beside), bySource, options);
  }
  const text = reportMarkdown(
    reported.map(({ study, run, figures }) => ({
      ...{ study, run },
      figures: Object.fromEntries(
        figures.map(([source, bySource]) => [
          source,
          Object.keys(bySource).map((name) => `${beside}/${name}`),
        ]),
      ),
    })),
    { command, machine: await machineLine() },
  );
  await writeWhole(file, text);
}
