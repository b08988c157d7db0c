import type { ModelStudyFile } from '../../../shared/model-study';
import { markdownTable, spreadWords } from '../common/tables';
import { type BarResult, judgeBar } from './bars';
import type { StudyRun } from './run';
import { channelTable, sourceTable } from './tables';

export interface ReportedStudy {
  study: ModelStudyFile;
  run: StudyRun;
  /** Base names of its figures by source (figures.ts), relative to the report. */
  figures: Record<string, string[]>;
}

/** A report as Markdown: what was asked, on which machine, whether the bars are met, and every number with its range. */
export function reportMarkdown(
  studies: readonly ReportedStudy[],
  surroundings: { command: string; machine: string },
): string {
  const several = studies.length > 1;
  const lines = [
    `# ${several ? 'Model studies' : studies[0]?.study.title}`,
    '',
    'Written by',
    '',
    '```sh',
    surroundings.command,
    '```',
    '',
    `on ${surroundings.machine}.`,
    '',
    'Every number is the median over the seeds, with the smallest and the largest in brackets; the best median of a column is',
    'bold. Another seed is other training data (where they are recorded) and other weights; test data are the same for all.',
  ];
  for (const reported of studies) lines.push('', ...studySection(reported, several ? '##' : undefined));
  return `${lines.join('\n')}\n`;
}

function studySection({ study, run, figures }: ReportedStudy, heading: '##' | undefined): string[] {
  const below = heading ? '###' : '##';
  const lines: string[] = [];
  if (heading) lines.push(`${heading} ${study.title}`, '');
  if (study.about.trim() !== '') lines.push(study.about.trim(), '');
  lines.push(`Seeds ${study.seeds.join(', ')}.`, '');
  const bars = study.bars.map((bar) => judgeBar(study, bar, run));
  if (bars.length > 0) lines.push(`${below} Bars`, '', ...barTable(bars), '');
  for (const source of study.sources) {
    lines.push(`${below} ${source.name}`, '');
    const missing = run.leftOut.find((one) => one.source === source.name);
    if (missing) {
      lines.push(missing.reason, '');
      continue;
    }
    const [unit] = run.units.filter((one) => one.source === source.name);
    if (unit === undefined) {
      lines.push('Nothing was computed.', '');
      continue;
    }
    lines.push(sourceWords(study, unit.transitions, unit.channels), '');
    lines.push(...sourceTable(study, run.units, source.name), '');
    for (const figure of figures[source.name] ?? [])
      lines.push(`[![${figure}](${figure}.png)](${figure}.svg)`, '');
    if (study.measures.includes('errors')) {
      lines.push('<details><summary>Errors by channel</summary>', '');
      for (const { name, unit: unitOf } of unit.channels) {
        lines.push(`${name}, error in ${unitOf} by steps ahead`, '');
        lines.push(...channelTable(study, run.units, source.name, name), '');
      }
      lines.push('</details>', '');
    }
  }
  if (run.failed.length > 0) {
    lines.push(`${below} What failed`, '');
    for (const { source, variant, seed, error } of run.failed) {
      lines.push(`- ${source}, ${variant}, seed ${seed}: ${error.message}`);
    }
    lines.push('');
  }
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

function sourceWords(
  study: ModelStudyFile,
  transitions: number,
  channels: readonly { name: string; unit: string; spread: number }[],
): string {
  const learned = `${transitions} transitions to learn from.`;
  if (!study.measures.includes('errors')) return learned;
  const spreads = channels.map(
    ({ name, unit, spread }) => `${name} ${Number(spread.toPrecision(3))} ${unit}`,
  );
  return `${learned} Errors are root mean squares over the channels, each in units of its spread in the test data (${spreads.join(', ')}).`;
}

function barTable(bars: readonly BarResult[]): string[] {
  const rows = bars.flatMap(({ title, wanted, met, sources }) => [
    [`**${title}**`, '', wanted, met === null ? 'nothing to judge' : `**${met ? 'met' : 'missed'}**`],
    ...sources.flatMap(({ source, variants }) =>
      variants.map(({ variant, value, met: own }) => [
        `${source}, ${variant}`,
        spreadWords(value),
        '',
        value === undefined ? 'no number' : own ? 'met' : 'missed',
      ]),
    ),
  ]);
  return markdownTable(['bar', 'measured', 'wanted', ''], rows);
}
