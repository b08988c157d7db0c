import { ForesightError } from '../../shared/errors';

const NEXT = 'Get the file anew, or export it again where it comes from. Nothing was imported.';

/** A file that is not what it says it is, with the place: "a.parquet, column "q": …". */
export function badFile(file: string, place: string, what: string, next = NEXT): ForesightError {
  return new ForesightError('bad-data', `${file}${place === '' ? '' : `, ${place}`}: ${what}.`, next);
}

/** Runs a library on bytes from elsewhere: whatever it throws is a fault of the file, at this place. */
export async function faultsOf<T>(file: string, place: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof ForesightError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw badFile(file, place, `cannot be read (${why.replace(/[.\s]+$/, '').slice(0, 200)})`);
  }
}
