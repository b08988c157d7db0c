import { asForesightError, ForesightError } from '../../shared/errors';
import type { RigStatus } from '../../shared/telemetry';
import type { Core } from '../core';
import { type EpisodeOutcome, wasCut } from '../core/conductor';
import { counted } from './output';

/** What is known of a rig that was stopped or brought to hold, as a sentence. */
export function wordsOfRest({ link }: RigStatus): string {
  if (link.readback?.halted) return 'The rig has confirmed that it holds.';
  return wordsOfDoubt(link.reason);
}

/** @param why a sentence */
export const wordsOfDoubt = (why: string) => `Whether the rig holds is not known: ${why}`;

/**
 * What a command fails with that nobody stopped, but whose motion was: the rig came to hold by itself (a limit, late plans, a
 * computer too busy to keep its time), or was stopped from elsewhere. It is brought to hold once more, so that what is said of
 * it is an answer to this command.
 * @param what a sentence @param reason a sentence
 */
export async function cutShort(core: Core, what: string, reason: string): Promise<ForesightError> {
  const rest = await core.rig
    .hold()
    .then(wordsOfRest, (thrown: unknown) => wordsOfDoubt(asForesightError(thrown).message));
  return new ForesightError(
    'stopped',
    `${what} ${reason} ${rest}`,
    'What was recorded is in the workspace. Look at the rig, then begin again.',
  );
}

/**
 * @param what the beginning of a sentence: "The recording"
 * @throws ForesightError `stopped` where one of the episodes was cut short
 */
export async function requireWhole(
  core: Core,
  what: string,
  outcomes: readonly EpisodeOutcome[],
): Promise<void> {
  const whole = outcomes.findIndex(wasCut);
  const cut = outcomes[whole];
  if (!cut) return;
  throw await cutShort(core, `${what} was cut short after ${counted(whole, 'whole episode')}.`, cut.reason);
}
