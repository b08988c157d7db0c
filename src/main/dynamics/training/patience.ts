/**
 * Nats a channel that count as progress: the likelihood of the data grows by 1 %. Judged on the likelihood and not
 * on the squared error, because there a channel of pure noise drowns what is still being learned about the others.
 */
const PROGRESS_NATS = 0.01;

/** For how long there has been no progress, over all members of a training: while one gains, all go on. */
export interface Patience {
  /** Passes since a member last gained. */
  withoutProgress: number;
  /** [members] what the next loss is measured against; falls only by real progress, so that creeping counts in the end; null before the first. */
  references: (number | null)[];
}

export const patient = (members: number): Patience => ({
  withoutProgress: 0,
  references: Array<null>(members).fill(null),
});

/** @param losses [members] negative log-likelihood after a pass, nats a channel */
export function afterPass({ withoutProgress, references }: Patience, losses: readonly number[]): Patience {
  const gains = losses.map((loss, member) => {
    const reference = references[member] ?? null;
    return reference === null || loss < reference - PROGRESS_NATS;
  });
  return {
    withoutProgress: gains.includes(true) ? 0 : withoutProgress + 1,
    references: references.map((reference, member) => (gains[member] ? losses[member] : reference)),
  };
}
