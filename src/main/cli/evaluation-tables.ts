import type { Evaluation } from '../../shared/model';
import { readOffOf, sightOf, sightWords, unseenWords } from '../../shared/sight';
import { judgedOnWords, percent, verdict } from '../../shared/verdict';
import { number, type Output } from './output';

/** A model as the command line shows it. */
export interface EvaluatedModel {
  name: string;
  hash: string;
  periodSeconds: number;
  evaluation: Evaluation;
}

/** Horizons that fit one line of a terminal. */
const COLUMNS = 8;
const NAME_WIDTH = 22;
/** Worst stretches of one model, and of each of several. */
const WORST_SHOWN = { one: 5, several: 3 };
const WIDTH = 100;

/** The verdict on one model or several side by side, as tables of at most 100 columns. */
export function printEvaluations(out: Output, models: readonly EvaluatedModel[]): void {
  for (const { name, evaluation, periodSeconds } of models) {
    const { sentence, next, warnings } = verdict(evaluation, periodSeconds);
    paragraph(out, models.length > 1 ? `${name}: ${sentence}` : sentence);
    for (const more of [next, judgedOnWords(evaluation.judgedOn), ...warnings]) paragraph(out, more, '  ');
  }
  printErrors(out, models);
  printPictures(out, models);
  printTrust(out, models);
  printCalibration(out, models);
  printUncertainty(out, models);
  printWorst(out, models);
  printCoverage(out, models);
}

/** Of models that learned from pictures: what they show of what will be seen. */
function printPictures(out: Output, models: readonly EvaluatedModel[]): void {
  for (const { name, evaluation, periodSeconds } of models) {
    const sight = sightOf(evaluation);
    if (sight.length === 0) continue;
    out.line();
    out.line(
      `Share of the variance that ${name} explains of what is seen (0) and will be seen, steps ahead (R²)`,
    );
    out.table(
      ['of', ...sight.map(({ horizon }) => String(horizon))],
      [
        ['picture', ...sight.map(({ picture }) => number(picture, 3))],
        ['reward', ...sight.map(({ reward }) => number(reward, 3))],
        ...readOffOf(evaluation).map(({ name, explained }) => [
          `${short(name)}, read off`,
          ...explained.map((share) => number(share, 3)),
        ]),
      ],
    );
    paragraph(out, `${sightWords(sight, periodSeconds)} ${unseenWords(readOffOf(evaluation))}`);
  }
}

/** Words in lines of at most WIDTH characters; what goes on is indented further. */
function paragraph(out: Output, words: string, indent = ''): void {
  let line = indent;
  for (const word of words.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > WIDTH) {
      out.line(line);
      line = `${indent}  ${word}`;
    } else line = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
  }
  out.line(line);
}

/** Horizons that have numbers, as many as fit: first, last and evenly between. */
function shownHorizons({ horizons, samples }: Evaluation): { horizon: number; index: number }[] {
  const measured = horizons.flatMap((horizon, index) =>
    (samples[index] ?? 0) > 0 ? [{ horizon, index }] : [],
  );
  if (measured.length <= COLUMNS) return measured;
  const preferred = measured.filter(({ horizon }) => [1, 2, 5, 10, 25, 50, 100, 200].includes(horizon));
  if (preferred.length >= COLUMNS - 2) return preferred.slice(0, COLUMNS);
  return Array.from({ length: COLUMNS }, (_, i) => {
    const at = Math.round((i * (measured.length - 1)) / (COLUMNS - 1));
    return measured[at] as (typeof measured)[number];
  });
}

const short = (name: string): string =>
  name.length <= NAME_WIDTH ? name : `${name.slice(0, NAME_WIDTH - 1)}…`;

function printErrors(out: Output, models: readonly EvaluatedModel[]): void {
  const first = models[0]?.evaluation;
  if (!first) return;
  const columns = shownHorizons(first);
  const series = (evaluation: Evaluation, values: readonly (number | null)[] | undefined) =>
    columns.map(({ horizon }) => number(values?.[evaluation.horizons.indexOf(horizon)], 3));
  for (const channel of first.channels) {
    const rows = [
      ...models.map(({ name, evaluation }) => [
        short(name),
        ...series(evaluation, evaluation.channels.find((one) => one.name === channel.name)?.error),
      ]),
      ['nothing changes', ...series(first, channel.last)],
      ['last change repeats', ...series(first, channel.velocity)],
    ];
    const unit = channel.unit === '' || channel.unit === '1' ? '' : ` (${channel.unit})`;
    out.line();
    out.line(`Error of ${channel.name}${unit} by steps ahead`);
    out.table(['', ...columns.map(({ horizon }) => String(horizon))], rows);
  }
  out.line();
  out.line(
    `Start points: ${columns.map(({ horizon, index }) => `${first.samples[index]} at ${horizon}`).join(', ')}`,
  );
}

/** Trusted horizons: a row a channel, a column a model. */
function printTrust(out: Output, models: readonly EvaluatedModel[]): void {
  const first = models[0]?.evaluation.report;
  if (!first) return;
  out.line();
  out.line(`Steps ahead before the error passes ${percent(first.trustedFraction)} of the spread`);
  const cell = ({ evaluation }: EvaluatedModel, name: string) => {
    const found = evaluation.report?.channels.find((channel) => channel.name === name);
    if (!found || found.measured === 0) return '–';
    if (found.trusted === null) return '0';
    return found.trusted === found.measured ? `all ${found.measured}` : String(found.trusted);
  };
  const shown = models.slice(0, 5);
  out.table(
    ['channel', 'spread', ...shown.map(({ name }) => short(name).slice(0, 14))],
    first.channels.map(({ name, spread }) => [
      short(name),
      number(spread, 3),
      ...shown.map((model) => cell(model, name)),
    ]),
  );
}

function printCalibration(out: Output, models: readonly EvaluatedModel[]): void {
  const judged = models.filter(({ evaluation }) => evaluation.report?.nll !== null && evaluation.report);
  if (judged.length === 0) return;
  const horizons = [
    ...new Set(
      judged.flatMap(({ evaluation }) => evaluation.report?.calibration.map((c) => c.horizon) ?? []),
    ),
  ].sort((a, b) => a - b);
  out.line();
  out.line('Negative log-likelihood of one step (nats a channel; a Gaussian over all changes has 1.42),');
  out.line('and what 90 % intervals hold, as predicted → recalibrated');
  const share = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : percent(value);
  out.table(
    ['model', 'NLL', ...horizons.map((h) => `${h} ${h === 1 ? 'step' : 'steps'}`)],
    judged.map(({ name, evaluation }) => [
      short(name),
      number(evaluation.report?.nll, 3),
      ...horizons.map((h) => {
        const found = evaluation.report?.calibration.find(({ horizon }) => horizon === h);
        const level = found?.levels.indexOf(0.9) ?? -1;
        return found ? `${share(found.before[level])} → ${share(found.after[level])}` : '–';
      }),
    ]),
  );
}

/** Standard deviations a model predicts: what it does not know + noise. */
function printUncertainty(out: Output, models: readonly EvaluatedModel[]): void {
  for (const { name, evaluation } of models) {
    const { report } = evaluation;
    if (!report?.channels.some(({ aleatoric }) => aleatoric.some((value) => value !== null))) continue;
    const columns = shownHorizons(evaluation)
      .filter((_, i, all) => i % 2 === 0 || all.length <= 4)
      .slice(0, 4);
    out.line();
    out.line(
      `Predicted standard deviation of ${name}, not known (epistemic) + noise (aleatoric), by steps ahead`,
    );
    out.table(
      ['channel', ...columns.map(({ horizon }) => String(horizon))],
      report.channels.map(({ name: channel, epistemic, aleatoric }) => [
        short(channel),
        ...columns.map(({ index }) => `${number(epistemic[index], 2)} + ${number(aleatoric[index], 2)}`),
      ]),
    );
  }
}

function printWorst(out: Output, models: readonly EvaluatedModel[]): void {
  const rows = models.flatMap(({ name, evaluation }) =>
    (evaluation.report?.worst ?? [])
      .slice(0, models.length > 1 ? WORST_SHOWN.several : WORST_SHOWN.one)
      .map((segment) => [
        ...(models.length > 1 ? [short(name)] : []),
        String(segment.episode),
        `${segment.row} to ${segment.row + segment.steps}`,
        segment.channel,
        number(segment.error, 3),
      ]),
  );
  if (rows.length === 0) return;
  out.line();
  out.line('Worst stretches: error in units of spread, 1 is no better than the mean');
  out.table([...(models.length > 1 ? ['model'] : []), 'episode', 'rows', 'mostly', 'error'], rows);
}

function printCoverage(out: Output, models: readonly EvaluatedModel[]): void {
  const rows = models.flatMap(({ name, evaluation }) =>
    (evaluation.report?.coverage ?? []).map(({ x, y, count, epistemic }) => {
      const cells = count.flatMap((row, j) => row.map((n, i) => ({ n, unsure: epistemic[j]?.[i] ?? null })));
      const median = (some: typeof cells) => {
        const values = some.flatMap(({ unsure }) => (unsure === null ? [] : [unsure])).sort((a, b) => a - b);
        return values[Math.floor(values.length / 2)];
      };
      return [
        ...(models.length > 1 ? [short(name)] : []),
        `${short(x.name)} × ${short(y.name)}`,
        percent(cells.filter(({ n }) => n > 0).length / cells.length),
        number(median(cells.filter(({ n }) => n > 0)), 2),
        number(median(cells.filter(({ n }) => n === 0)), 2),
      ];
    }),
  );
  if (rows.length === 0) return;
  out.line();
  out.line('Where there is data, and how unsure the model is (share of a step) in cells with and without');
  const header = ['channels', 'cells with data', 'unsure with', 'without'];
  out.table([...(models.length > 1 ? ['model'] : []), ...header], rows);
}
