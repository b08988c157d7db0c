/** Who stops a rig because of a defect, as the log shall say it. */
export const DEFECT = 'a defect in Foresight';

/**
 * What nobody caught, in a process that others rely on: it is said, whoever might be moving is brought to hold, and the
 * process goes on. Ended, it would take everything down that it serves.
 * @param hold brings to hold what might be moving because of this process, and tells whoever can be told
 */
export function surviveDefects(hold: (thrown: unknown) => unknown): void {
  const survive = async (thrown: unknown) => {
    console.error('A defect in Foresight; the rig is told to hold, and the program goes on:', thrown);
    try {
      await hold(thrown);
    } catch (error) {
      // Thrown again, it would bring us back here.
      console.error(error);
    }
  };
  process.on('uncaughtException', survive);
  process.on('unhandledRejection', survive);
}

/**
 * Whoever read what this process prints has stopped reading (`| head`, a terminal that was closed). What a process
 * behind the scenes prints is for people and no reason to end.
 */
export function ignoreClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
