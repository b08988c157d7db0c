import { asForesightError, type ErrorCode } from '../../shared/errors';

/** Half a second each, where a rig does not answer. */
const TRIES = 60;

/** Resumes a rig: a computer that is busy with something else, or a line with faults, may leave a few tries unconfirmed. */
export async function resumed(
  resume: () => Promise<unknown>,
  unconfirmed: readonly ErrorCode[] = ['rig-silent', 'rig-refused', 'stopped'],
): Promise<void> {
  for (let again = TRIES; ; again--) {
    try {
      await resume();
      return;
    } catch (thrown) {
      if (again === 0 || !unconfirmed.includes(asForesightError(thrown).code)) throw thrown;
    }
  }
}
