import type { Disposable } from '../../../../shared/disposable';
import type { Random } from '../../../../shared/random';
import { hostSeconds } from '../../clock';
import type { LineFaults } from '../servo-bus/faults';

/**
 * Messages to one client, which suffer faults. Their order stays, as TCP keeps it: one that is late keeps those behind it waiting.
 * What a topic publishes may be lost, as by a queue that is full, or damaged, which here is cut short: single bytes TCP repairs.
 * Answers of services are neither.
 */
export class SpoiledMessages implements Disposable {
  private readonly waiting: { text: string; due: number }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private lastDue = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly send: (text: string) => void,
    private readonly faults: () => LineFaults,
    private readonly random: Random,
  ) {}

  push(text: string, isPublished: boolean): void {
    const { dropped, corrupted, duplicated, delayed, delaySeconds, latencySeconds } = this.faults();
    const happens = (share: number) => this.random.uniform() < share;
    if (isPublished && happens(dropped)) return;
    const isDamaged = isPublished && happens(corrupted);
    const sent = isDamaged ? text.slice(0, Math.floor(this.random.uniform() * text.length)) : text;
    const now = hostSeconds();
    const due = now + latencySeconds + (happens(delayed) ? delaySeconds : 0);
    this.lastDue = Math.max(this.lastDue, due);
    for (const one of happens(duplicated) ? [sent, sent] : [sent]) {
      if (this.waiting.length === 0 && this.lastDue <= now) this.send(one);
      else this.waiting.push({ text: one, due: this.lastDue });
    }
    this.wait();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.waiting.length = 0;
  }

  private wait(): void {
    const [first] = this.waiting;
    if (!first || this.timer) return;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        while (this.waiting[0] && this.waiting[0].due <= hostSeconds()) {
          this.send(this.waiting.shift()?.text ?? '');
        }
        this.wait();
      },
      Math.max(0, first.due - hostSeconds()) * 1000,
    );
  }
}
