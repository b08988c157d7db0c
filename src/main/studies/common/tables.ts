import type { Spread } from '../../../shared/statistics';

/** "0.12 [0.11 … 0.15]"; one number where there is no range. */
export function spreadWords(found: Spread | undefined, bold = false, write = short): string {
  if (found === undefined) return '–';
  const middle = bold ? `**${write(found.median)}**` : write(found.median);
  return found.low === found.high ? middle : `${middle} [${write(found.low)} … ${write(found.high)}]`;
}

/** spreadWords of what is counted: half a step may be a median. */
export const countWords = (found: Spread | undefined): string =>
  spreadWords(found, false, (value) => (value === null || value === undefined ? '–' : String(value)));

/** Three significant digits, without an exponent where that is readable. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-4) return value.toExponential(1);
  return size >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

/** Numbers to the right, the first column to the left. */
export function markdownTable(header: string[], rows: string[][]): string[] {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [
    line(header),
    `| ${header.map((_, i) => (i === 0 ? '---' : '---:')).join(' | ')} |`,
    ...rows.map(line),
  ];
}
