import type { Disposable } from '../../shared/disposable';

/**
 * The receiving half of a Port: messages wait in order until the first listener is there, and the reason of a
 * close reaches listeners that come after it, so nobody has to win a race to hear either.
 */
export class PortEvents {
  private readonly messageListeners = new Set<(message: unknown) => void>();
  private readonly closeListeners = new Set<(reason: string) => void>();
  private waiting: unknown[] = [];
  private closedBecause: string | undefined;

  get closed(): boolean {
    return this.closedBecause !== undefined;
  }

  message(message: unknown): void {
    if (this.messageListeners.size === 0) this.waiting.push(message);
    else for (const listener of [...this.messageListeners]) listener(message);
  }

  /** The first reason counts; later ones are echoes of it. */
  close(reason: string): void {
    if (this.closedBecause !== undefined) return;
    this.closedBecause = reason;
    for (const listener of [...this.closeListeners]) listener(reason);
    this.closeListeners.clear();
  }

  onMessage(listener: (message: unknown) => void): Disposable {
    this.messageListeners.add(listener);
    const waiting = this.waiting;
    this.waiting = [];
    for (const message of waiting) listener(message);
    return { dispose: () => this.messageListeners.delete(listener) };
  }

  onClose(listener: (reason: string) => void): Disposable {
    const reason = this.closedBecause;
    if (reason !== undefined) {
      queueMicrotask(() => listener(reason));
      return { dispose: () => {} };
    }
    this.closeListeners.add(listener);
    return { dispose: () => this.closeListeners.delete(listener) };
  }
}
