import { basename, dirname, join } from 'node:path';
import type { ControlStudyFile, ControlUnit } from '../../../shared/control-study';
import { mean, type Spread, spread } from '../../../shared/statistics';
import { writeFigures } from '../../figures';
import { writeWhole } from '../../files/write-whole';
import { machineLine } from '../common/machine';
import { numbersFile, requireReportPlace } from '../common/report-files';
import { countWords, markdownTable, short, spreadWords } from '../common/tables';
import { controlFigures } from './figures';
import { curveOf, judgeControlBar, returnAt } from './measures';
import type { ControlStudyRun } from './run';

/** Rows of a learning curve's table at most. */
const MOST_ROWS = 20;

export const controlSpreadWords = (value: Spread | undefined): string =>
  value === undefined ? '–' : spreadWords(value).replace(/–/g, 'never');

/** Writes the report, its figures as SVG and PNG in a folder named after it, and the raw numbers beside it as JSON. */
export async function writeControlReport(
  file: string,
  study: ControlStudyFile,
  run: ControlStudyRun,
  command: string,
  options: { force?: boolean | undefined } = {},
): Promise<void> {
  await requireReportPlace(file, { ...options, numbers: true });
  const beside = `${basename(file, '.md')}-figures`;
  const figures = controlFigures(study, run.units);
  await writeFigures(join(dirname(file), beside), figures, options);
  await writeWhole(numbersFile(file), `${JSON.stringify({ study, ...run }, null, 1)}\n`);
  const text = controlReportMarkdown(study, run, {
    command,
    machine: await machineLine(),
    figures: Object.keys(figures).map((name) => `${beside}/${name}`),
  });
  await writeWhole(file, text);
}

export function controlReportMarkdown(
  study: ControlStudyFile,
  { units, failed }: ControlStudyRun,
  surroundings: { command: string; machine: string; figures: string[] },
): string {
  const lines = [
    ...[`# ${study.title}`, '', 'Written by', '', '```sh', surroundings.command, '```', ''],
    ...[`on ${surroundings.machine}.`, ''],
    ...(study.about.trim() === '' ? [] : [study.about.trim(), '']),
    `Every number is the median over the seeds ${study.seeds.join(', ')}, with the smallest and the largest in brackets.`,
    '',
  ];
  if (study.bars.length > 0) {
    lines.push('## Bars', '');
    const rows = study.bars
      .map((bar) => judgeControlBar(study, bar, units))
      .flatMap(({ title, wanted, met, variants }) => [
        [`**${title}**`, '', wanted, `**${met ? 'met' : 'missed'}**`],
        ...variants.map((one) => [
          ...[one.variant, controlSpreadWords(one.value), ''],
          one.value === undefined ? 'no number' : one.met ? 'met' : 'missed',
        ]),
      ]);
    lines.push(...markdownTable(['bar', 'measured', 'wanted', ''], rows), '');
  }
  for (const figure of surroundings.figures) lines.push(`[![${figure}](${figure}.png)](${figure}.svg)`, '');
  lines.push(...(study.protocol.kind === 'learning-curve' ? curveTable(study, units) : []));
  lines.push(...evaluationTable(study, units));
  lines.push('## Time', '', ...timeTable(study, units), '');
  if (failed.length > 0) {
    lines.push('## What failed', '');
    for (const { variant, seed, error } of failed) {
      lines.push(`- ${variant}, seed ${seed}: ${error.message}`);
    }
    lines.push('');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function curveTable(study: ControlStudyFile, units: readonly ControlUnit[]): string[] {
  const variants = Object.keys(study.variants);
  const all = [...new Set(units.flatMap((unit) => unit.curve.map((point) => point.transitions)))];
  const published = study.anchors.flatMap(({ points }) => points.map(([x]) => x));
  const step = Math.max(1, Math.ceil(all.length / MOST_ROWS));
  const own = all.sort((a, b) => a - b).filter((_, i) => i % step === 0 || i === all.length - 1);
  const places = [...new Set([...own, ...published])].sort((a, b) => a - b);
  const last = Math.max(...all);
  const rows = places.map((x) => [
    String(x),
    ...variants.map((variant) => {
      const curves = units.filter((unit) => unit.variant === variant).map((unit) => curveOf(study, unit));
      // Beside a published point beyond its end a curve has no number.
      if (x > last) return '–';
      return spreadWords(spread(curves.map((curve) => returnAt(curve, x))));
    }),
    ...study.anchors.map(({ points }) => short(points.find(([at]) => at === x)?.[1])),
  ]);
  const header = ['transitions', ...variants, ...study.anchors.map(({ label }) => `*${label}*`)];
  const largest = study.protocol.kind === 'learning-curve' && study.protocol.maxSoFar;
  return [
    ...[`## ${largest ? 'Largest return so far' : 'Return'}`, '', ...markdownTable(header, rows), ''],
    ...study.anchors.filter((one) => one.source !== '').map(({ label, source }) => `*${label}*: ${source}.`),
    '',
  ];
}

function evaluationTable(study: ControlStudyFile, units: readonly ControlUnit[]): string[] {
  const keys = [
    ...new Set(
      units.flatMap((u) => u.evaluations.map(({ at, disturbance }) => JSON.stringify([at, disturbance]))),
    ),
  ].map((key) => JSON.parse(key) as [number, string]);
  if (keys.length === 0) return [];
  const rows = keys.flatMap(([at, disturbance]) =>
    Object.keys(study.variants).map((variant) => {
      const found = units
        .filter((unit) => unit.variant === variant)
        .flatMap(({ evaluations }) =>
          evaluations.filter((r) => r.at === at && r.disturbance === disturbance),
        );
      const over = (value: (row: (typeof found)[number]) => number | null) => spread(found.map(value));
      return [
        ...[
          variant,
          String(at),
          disturbance,
          spreadWords(over((row) => mean(row.returns))),
          countWords(over((row) => row.stepsOutside)),
        ],
        ...[spreadWords(over((row) => row.planMs)), countWords(over((row) => row.size))],
      ];
    }),
  );
  const header = [
    '',
    'transitions',
    'disturbance',
    'mean return',
    'steps outside',
    'plan, ms',
    'candidates or iterations',
  ];
  return ['## Evaluation', '', ...markdownTable(header, rows), ''];
}

function timeTable(study: ControlStudyFile, units: readonly ControlUnit[]): string[] {
  const rows = Object.keys(study.variants).map((variant) => {
    const own = units.filter((unit) => unit.variant === variant);
    const planMs = own.flatMap((unit) => [
      ...unit.curve.map((point) => point.planMs),
      ...unit.evaluations.map((row) => row.planMs),
    ]);
    return [variant, spreadWords(spread(own.map((unit) => unit.wallSeconds))), spreadWords(spread(planMs))];
  });
  return markdownTable(['', 'wall time of a seed, s', 'plan, ms'], rows);
}
