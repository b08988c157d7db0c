import { asForesightError, type ForesightError } from '../../shared/errors';

/** Options every command takes. */
export interface GlobalOptions {
  data?: string;
  json?: boolean;
  debug?: boolean;
}

/** Progress and remarks go to stderr, results to stdout: with --json nothing but one document is on stdout. */
export class Output {
  constructor(readonly options: GlobalOptions) {}

  get json(): boolean {
    return this.options.json === true;
  }

  /** The command's result: the document with --json, else what `human` prints. */
  result(document: unknown, human: () => void): void {
    if (this.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    else human();
  }

  line(text = ''): void {
    process.stdout.write(`${text}\n`);
  }

  /** A remark on the way; not part of the result. */
  remark(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  table(header: string[], rows: string[][]): void {
    for (const line of tableLines(header, rows)) this.line(line);
  }
}

/** Columns padded to their widest cell; cells that are numbers stand to the right. */
export function tableLines(header: string[], rows: string[][]): string[] {
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)),
  );
  const numeric = header.map(
    (_, i) => rows.length > 0 && rows.every((row) => /^[-–\d.,%e+]*$/.test(row[i] ?? '')),
  );
  const cells = (row: string[]) =>
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [cells(header), widths.map((w) => '─'.repeat(w)).join('  '), ...rows.map(cells)];
}

/** At most four significant digits; a dash for what is not there. */
export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(digits)));
}

/** "Success in 80 % of them.", of episodes that were counted in the line before. @param share 0 … 1 */
export const successWords = (share: number): string => `Success in ${number(100 * share, 3)} % of them.`;

/** "1 episode", "3 episodes". */
export function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** Prints what went wrong and returns the exit code: 2 for wrong use, 1 for the rest. */
export function reportFailure(thrown: unknown, debug: boolean): number {
  const error: ForesightError = asForesightError(thrown);
  process.stderr.write(`foresight: ${error.message} ${error.next}\n`);
  if (debug) process.stderr.write(`${(error.cause instanceof Error ? error.cause : error).stack}\n`);
  return error.code === 'wrong-use' ? 2 : 1;
}
