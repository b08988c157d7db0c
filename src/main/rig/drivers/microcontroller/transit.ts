import { DeviceClock } from './protocol/frame';

/** The quickest frame is looked for in so many spans of a second: longer, and the drift between two clocks would show. */
const SPANS = 3;

/**
 * How long frames are on their way. The two clocks have no common zero, so only differences can be told: a frame's own
 * way is longer than the quickest one's of the last seconds by what this returns.
 */
export class Transit {
  private readonly clock = new DeviceClock();
  /** Smallest arrival minus device time a span, the newest span last. */
  private spans: { second: number; quickest: number }[] = [];

  /**
   * A frame with the device's time came.
   * @returns by how much it was slower than the quickest, seconds; 0 for a frame without a time
   */
  see(timeMicros: number, arrivalSeconds: number): number {
    if (timeMicros === 0) return 0;
    const offset = arrivalSeconds - this.clock.unwrap(timeMicros);
    const second = Math.floor(arrivalSeconds);
    const newest = this.spans.at(-1);
    if (newest?.second === second) newest.quickest = Math.min(newest.quickest, offset);
    else this.spans.push({ second, quickest: offset });
    this.spans = this.spans.filter((span) => span.second > second - SPANS);
    return offset - Math.min(...this.spans.map(({ quickest }) => quickest));
  }
}
