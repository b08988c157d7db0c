import type { Disposable } from '../../../shared/disposable';
import type { ForesightError } from '../../../shared/errors';
import { Listeners } from '../listeners';

/** The listening half that every transport needs: closed once, and late listeners hear it too. */
export class TransportEvents {
  private readonly data = new Listeners<Uint8Array>();
  private readonly closes = new Listeners<ForesightError>();
  private reason: ForesightError | undefined;

  get closed(): boolean {
    return this.reason !== undefined;
  }

  onData(listener: (bytes: Uint8Array) => void): Disposable {
    return this.data.add(listener);
  }

  onClose(listener: (reason: ForesightError) => void): Disposable {
    const { reason } = this;
    if (!reason) return this.closes.add(listener);
    queueMicrotask(() => listener(reason));
    return { dispose: () => {} };
  }

  receive(bytes: Uint8Array): void {
    if (!this.closed) this.data.emit(bytes);
  }

  close(reason: ForesightError): void {
    if (this.closed) return;
    this.reason = reason;
    this.closes.emit(reason);
    this.closes.clear();
    this.data.clear();
  }
}
