import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ForesightError } from '../../../shared/errors';
import { RetentionRule } from '../../../shared/workspace';

/** Where a workspace says what of it is kept. */
export const ruleFile = (folder: string): string => join(folder, 'retention.json');

/** Null where nothing was said. @throws ForesightError bad-file */
export function readRule(folder: string): RetentionRule | null {
  const file = ruleFile(folder);
  if (!existsSync(file)) return null;
  try {
    return RetentionRule.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new ForesightError(
      'bad-file',
      `${file} does not say what is to be kept: it must be JSON with "keepDays", "mostBytes" and "keepTags".`,
      'Write it anew with foresight retention --keep-days, or delete it. Nothing was deleted.',
      { cause },
    );
  }
}
