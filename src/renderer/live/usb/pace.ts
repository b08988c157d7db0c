/** A picture may come so much before it is due, ms: a camera's periods are not even. */
const EARLY_MS = 3;

/** A camera's clock may be slower than this computer's by so much of a second in a second. */
const DRIFT = 1e-4;

/** Which of a camera's pictures are taken, and when they were captured. */
export class Pace {
  #due = Number.NEGATIVE_INFINITY;
  #offsetMs = Number.POSITIVE_INFINITY;
  #before = 0;

  /** @param rate pictures a second that are wanted */
  constructor(private readonly rate: number) {}

  /**
   * When a picture was captured, on the clock of `now`. The camera's own clock says how far pictures lie apart; the one
   * that was under way the shortest says where that clock stands, since none can have come before it was captured.
   * @param cameraMs its time on the camera's clock
   */
  captured(cameraMs: number, now: number): number {
    const since = Math.max(0, cameraMs - this.#before);
    this.#before = cameraMs;
    this.#offsetMs = Math.min(this.#offsetMs + DRIFT * since, now - cameraMs);
    return cameraMs + this.#offsetMs;
  }

  /** Of a faster camera as many as make the rate in the mean. */
  isDue(cameraMs: number): boolean {
    if (cameraMs < this.#due - EARLY_MS) return false;
    const period = 1000 / this.rate;
    // What a slower camera owes is not made up for.
    this.#due = Math.max(this.#due + period, cameraMs);
    return true;
  }
}
