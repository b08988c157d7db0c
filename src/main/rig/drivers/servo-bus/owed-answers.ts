import { hostSeconds } from '../../clock';

/** For so long after it was given up an answer may still come: late, and not lost. */
const OWED_SECONDS = 1;

/** Answers that were given up and may still come, by the number of a motor. */
export class OwedAnswers {
  private readonly since = new Map<number, number[]>();

  gaveUp(id: number): void {
    this.since.set(id, [...(this.since.get(id) ?? []), hostSeconds()]);
  }

  /** Of something that nobody waits for: whether it is an answer that was given up, which then is none any more. */
  take(id: number): boolean {
    const owed = this.since.get(id)?.filter((at) => hostSeconds() - at < OWED_SECONDS) ?? [];
    const isOwed = owed.shift() !== undefined;
    if (owed.length > 0) this.since.set(id, owed);
    else this.since.delete(id);
    return isOwed;
  }
}
