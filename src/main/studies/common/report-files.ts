import { basename, dirname, join } from 'node:path';
import { type Figure, writeFigures } from '../../figures';
import { type OwnKind, requireReplaceable } from '../../files/replace';
import { writeWhole } from '../../files/write-whole';
import { machineLine } from './machine';
import type { Page } from './page';

const REPORT: OwnKind = {
  what: 'a report',
  isOne: (head) => /^# [^\n]*\n\nWritten by\n\n```sh\n/.test(head),
};
const NUMBERS: OwnKind = {
  what: 'the numbers of a report',
  isOne: (head) => /^\{\s*"study":\s*\{\s*"schema":\s*"foresight\./.test(head),
};

/** The file with a report's raw numbers, beside it. */
export const numbersFile = (report: string): string => report.replace(/\.md$/, '.json');

/**
 * Whether a report may be written, for before a study is run and for when it has been.
 * @param numbers are written beside it as well
 * @throws wrong-use when something else is there and nobody said `force`
 */
export async function requireReportPlace(
  report: string,
  { numbers, force }: { numbers: boolean; force?: boolean | undefined },
): Promise<void> {
  await requireReplaceable(report, REPORT, { force });
  if (numbers) await requireReplaceable(numbersFile(report), NUMBERS, { force });
}

/** Writes a page, its figures as SVG and PNG in a folder named after it, and the raw numbers beside it as JSON. */
export async function writeReport(
  file: string,
  report: {
    numbers: Record<string, unknown>;
    figures: Record<string, Figure>;
    command: string;
    page(surroundings: Page['surroundings']): string;
  },
  options: { force?: boolean | undefined } = {},
): Promise<void> {
  await requireReportPlace(file, { ...options, numbers: true });
  const beside = `${basename(file, '.md')}-figures`;
  await writeFigures(join(dirname(file), beside), report.figures, options);
  await writeWhole(numbersFile(file), `${JSON.stringify(report.numbers, null, 1)}\n`);
  const page = report.page({
    command: report.command,
    machine: await machineLine(),
    figures: Object.keys(report.figures).map((name) => `${beside}/${name}`),
  });
  await writeWhole(file, page);
}
