import type { ErrorShape } from '../../../shared/errors';
import type { Spread } from '../../../shared/statistics';
import type { VariantBarResult } from './bars';
import { markdownTable, spreadWords } from './tables';

/** A number that a bar is about; what was never reached is infinite. */
export const barWords = (value: Spread | undefined): string =>
  value === undefined ? '–' : spreadWords(value).replace(/–/g, 'never');

export interface Page {
  study: { title: string; about: string; seeds: readonly number[] };
  /** What reproduces it, what it was computed on, and figures relative to the page without their ends. */
  surroundings: { command: string; machine: string; figures: string[] };
  bars: readonly VariantBarResult[];
  /** Markdown: tables of what was measured, and of time. */
  sections: readonly string[];
  failed: readonly { variant: string; seed: number; error: ErrorShape }[];
}

/** The page of a study whose units are variants with seeds. */
export function studyPage({ study, surroundings, bars, sections, failed }: Page): string {
  const lines = [
    ...[`# ${study.title}`, '', 'Written by', '', '```sh', surroundings.command, '```', ''],
    ...[`on ${surroundings.machine}.`, ''],
    ...(study.about.trim() === '' ? [] : [study.about.trim(), '']),
    `Every number is the median over the seeds ${study.seeds.join(', ')}, with the smallest and the largest in brackets.`,
    '',
  ];
  if (bars.length > 0) {
    const rows = bars.flatMap(({ title, wanted, met, variants }) => [
      [`**${title}**`, '', wanted, `**${met ? 'met' : 'missed'}**`],
      ...variants.map((one) => [
        ...[one.variant, barWords(one.value), ''],
        one.value === undefined ? 'no number' : one.met ? 'met' : 'missed',
      ]),
    ]);
    lines.push('## Bars', '', ...markdownTable(['bar', 'measured', 'wanted', ''], rows), '');
  }
  for (const figure of surroundings.figures) lines.push(`[![${figure}](${figure}.png)](${figure}.svg)`, '');
  lines.push(...sections);
  if (failed.length > 0) {
    lines.push('## What failed', '');
    for (const { variant, seed, error } of failed) lines.push(`- ${variant}, seed ${seed}: ${error.message}`);
    lines.push('');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}
