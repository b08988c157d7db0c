/**
 * How a client of the contract says what it has taken, so that the core sends no faster than it reads. These messages
 * travel beside those of the contract, which begin with a brace.
 */
const TAKEN = '!taken:';

/** @param characters length of the messages that were taken since the last word */
export function takenMessage(characters: number): string {
  return `${TAKEN}${characters}`;
}

/** Characters that were taken, or null when it is another message. */
export function takenOf(message: string): number | null {
  if (!message.startsWith(TAKEN)) return null;
  const digits = message.slice(TAKEN.length);
  return /^\d{1,12}$/.test(digits) ? Number(digits) : 0;
}
