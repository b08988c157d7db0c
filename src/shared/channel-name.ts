import { z } from 'zod';

/** Words that mathjs reads as operators or constants wherever they stand. */
const FORMULA_WORDS = new Set(['mod', 'to', 'in', 'xor', 'and', 'or', 'not', 'true', 'false', 'pi', 'e']);

/** Names of channels and of a task's variables stand in formulas, so they are plain identifiers. */
export const channelName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'a name of lower-case letters, digits and _ that starts with a letter')
  .refine((name) => !FORMULA_WORDS.has(name), 'a name that is no word of the formula language');

/** What is left of a heading in lower-case letters and digits: "Joint 2 [rad]" → joint_2_rad. It may be no name yet: 2nd, or nothing. */
export function plainWords(heading: string, between: '_' | '-' = '_'): string {
  const words = heading.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join(between);
}
