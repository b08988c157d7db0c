import type { Disposable } from '../../../../shared/disposable';
import { Listeners } from '../../listeners';
import type { Transport } from '../../transport/transport';
import { type DecodedLine, LineDecoder } from './line-decoder';

export interface AskOptions {
  /** The line is sent again after so long. */
  everySeconds: number;
  attempts: number;
  /** Nobody wants to know any more once this is false. */
  isWanted?: () => boolean;
}

/** Lines of text over a transport, both ways. */
export class LineLink {
  private readonly received = new Listeners<DecodedLine>();
  private readonly decoder: LineDecoder;
  private readonly sending: Disposable;
  private sent = 0;

  constructor(
    readonly transport: Transport,
    private readonly ending: string,
    longest: number,
  ) {
    this.decoder = new LineDecoder(longest);
    this.sending = transport.onData((bytes) => {
      for (const line of this.decoder.push(bytes)) this.received.emit(line);
    });
  }

  /** Every line that comes, also what is none. */
  onLine(listener: (line: DecodedLine) => void): Disposable {
    return this.received.add(listener);
  }

  send(line: string): void {
    this.write(line + this.ending);
  }

  /** Characters without a line end, as some devices obey them in the middle of a line: one byte each. */
  write(characters: string): void {
    this.sent++;
    this.transport.write(Uint8Array.from(characters, (character) => character.charCodeAt(0)));
  }

  /**
   * What `ask` sends is sent until a line is what `accept` wants; resolves with what that returns, undefined when it never
   * came or nobody wants it any more. Rejects when the transport is gone.
   */
  until<T>(
    ask: () => void,
    accept: (line: string) => T | undefined,
    { everySeconds, attempts, isWanted = () => true }: AskOptions,
  ): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      let asked = 0;
      const settle = (finish: () => void) => {
        clearInterval(timer);
        hearing.dispose();
        closing.dispose();
        finish();
      };
      const again = () => {
        if (asked >= attempts || !isWanted()) return settle(() => resolve(undefined));
        asked++;
        ask();
      };
      const hearing = this.onLine((line) => {
        if (!('text' in line)) return;
        try {
          const result = accept(line.text);
          if (result !== undefined) settle(() => resolve(result));
        } catch (thrown) {
          settle(() => reject(thrown));
        }
      });
      const timer = setInterval(again, 1000 * everySeconds);
      const closing = this.transport.onClose((reason) => settle(() => reject(reason)));
      again();
    });
  }

  counters() {
    return { ...this.decoder.counters, sent: this.sent };
  }

  dispose(): void {
    this.sending.dispose();
    this.received.clear();
  }
}
