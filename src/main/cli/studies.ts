import { type ErrorShape, ForesightError } from '../../shared/errors';

/** What studies of every kind are told on the command line. */
export interface StudyFlags {
  report?: string;
  fresh?: boolean;
  force?: boolean;
  jobs?: number;
}

/** What reproduces a report, as it is typed in the repository. */
export function commandOf(files: readonly { file: string }[], { report }: StudyFlags): string {
  const names = files.map(({ file }) => file).join(' ');
  return `npm run foresight -- experiment ${names}${report === undefined ? '' : ` --report ${report}`}`;
}

/**
 * @param failed units that failed, each with what it is called in a sentence
 * @throws the first one's error, with how many there are
 */
export function requireAllDone(what: string, failed: readonly { title: string; error: ErrorShape }[]): void {
  const [first] = failed;
  if (first === undefined) return;
  throw new ForesightError(
    first.error.code,
    `${failed.length} of the ${what} failed, first ${first.title}: ${first.error.message}`,
    first.error.next,
  );
}
