import { quantile } from '../../../../shared/statistics';
import type { RoundTrip } from '../../../../shared/telemetry';

/** Until answers have come: an adapter may keep bytes for 16 ms, and a computer that is busy as long again. */
const FIRST_SECONDS = 0.05;
const LEAST_SECONDS = 0.008;
const MOST_SECONDS = 0.1;
/** Of the slowest answer of late. */
const TIMES = 3;
/** An answer that others of the same question have overtaken by so much is lost; more where answers usually take long. */
const LEAST_GAP_SECONDS = 0.002;
const USUAL = 0.9;
const REMEMBERED = 64;
const MOST_DOUBT = 3;
/** 8 data bits, a start and a stop bit. */
const BITS = 10;

/** How long an answer is waited for: a few times as long as the slowest of the last ones took. */
export class Patience {
  private readonly recent: number[] = [];
  private at = 0;
  /** Answers that stay away may be late ones: patience grows again. */
  private doubt = 1;

  constructor(private readonly baudRate: number) {}

  answered(seconds: number): void {
    this.recent[this.at] = seconds;
    this.at = (this.at + 1) % REMEMBERED;
    this.doubt = 1;
  }

  unanswered(): void {
    this.doubt = Math.min(MOST_DOUBT, this.doubt * 1.1);
  }

  /** Of the newest answers, ms from the question; null before the first. */
  summary(): RoundTrip | null {
    if (this.recent.length === 0) return null;
    const { recent } = this;
    return {
      p50Ms: 1000 * quantile(recent, 0.5),
      maxMs: 1000 * Math.max(...recent),
      answers: recent.length,
    };
  }

  /**
   * How long after an answer the next one to the same question may take. By what is usual, not by the slowest: answers that some faults
   * have made late would otherwise have every lost one waited for through many control periods.
   */
  gapSeconds(): number {
    const usual = this.recent.length === 0 ? FIRST_SECONDS : quantile(this.recent, USUAL);
    return Math.min(MOST_SECONDS, Math.max(LEAST_GAP_SECONDS, 2 * usual));
  }

  /**
   * @param bytes on the line, question and answers together
   * @param fixed seconds to wait besides their time, instead of what was learned
   */
  seconds(bytes: number, fixed?: number): number {
    const time = (bytes * BITS) / this.baudRate;
    if (fixed !== undefined) return fixed + time;
    const slowest = this.recent.length === 0 ? FIRST_SECONDS / TIMES : Math.max(...this.recent);
    const waiting = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, TIMES * slowest * this.doubt));
    return waiting + time;
  }
}
