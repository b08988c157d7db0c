const NOTHING = new Uint8Array(0);

/**
 * Some adapters for one shared wire hear themselves: everything sent comes back first. With Feetech's packets that must not be
 * taken for an answer, because a ping looks like the answer of a motor whose supply voltage is low. What comes is compared
 * with what was sent until it differs; then it was none, and all of it counts.
 */
export class EchoFilter {
  /** The adapter is known to repeat, or it is just being found out. */
  repeats = false;
  /** Packets that came back. */
  echoed = 0;
  private awaited: Uint8Array = NOTHING;
  private matched = 0;

  sent(bytes: Uint8Array): void {
    this.awaited = this.repeats ? bytes : NOTHING;
    this.matched = 0;
  }

  /** What is left of bytes that came. */
  strip(bytes: Uint8Array): Uint8Array {
    if (this.awaited.length === 0) return bytes;
    let at = 0;
    while (at < bytes.length && this.matched < this.awaited.length) {
      if (bytes[at] !== this.awaited[this.matched]) {
        const held = this.awaited.subarray(0, this.matched);
        this.awaited = NOTHING;
        return Uint8Array.of(...held, ...bytes.subarray(at));
      }
      at++;
      this.matched++;
    }
    if (this.matched === this.awaited.length) {
      this.echoed++;
      this.awaited = NOTHING;
    }
    return bytes.subarray(at);
  }
}
