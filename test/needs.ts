import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Set where nothing may be missing (CI): what is missing then makes its tests fail. */
const REQUIRED = process.env.FORESIGHT_TOOLS === 'required';

/** Is a program, which some tests need and not every machine has, missing here? Those tests are skipped then. */
export function lacksProgram(name: string): boolean {
  if (REQUIRED) return false;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return !folders.some((folder) => existsSync(join(folder, name)));
}

/** As `lacksProgram`, for a file or folder that lies beside the checkout where it may be used. */
export function lacksFile(path: string): boolean {
  return !REQUIRED && !existsSync(path);
}

/**
 * FORESIGHT_STUDIES=required: also what is a study rather than a test, a swing-up to its end, learning while a plant changes,
 * hundreds of transitions until a pole stays up. They take as long as everything else together; CI runs them once.
 */
export const lacksStudies = process.env.FORESIGHT_STUDIES !== 'required';
