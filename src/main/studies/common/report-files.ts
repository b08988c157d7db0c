import { type OwnKind, requireReplaceable } from '../../files/replace';

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
