import type { Disposable } from '../../shared/disposable';
import type { EntryName } from './entry';

/** Two-way messages with another process or thread; structured clone, in order. */
export interface Port {
  /** `onSent` is called once the message has left this process; where that is not known, at once. */
  post(message: unknown, onSent?: () => void): void;
  /** Whoever passes this port's messages on says so of each: what has not left yet is what waits. */
  passedOn?(message: unknown): void;
  onMessage(listener: (message: unknown) => void): Disposable;
  /** The other side is gone; `reason` is a sentence. */
  onClose(listener: (reason: string) => void): Disposable;
  close(): void;
}

export interface SpawnedProcess extends Port {
  readonly pid: number | undefined;
  /** Ends it without asking. */
  kill(): void;
}

/** The one thing the core asks of its surroundings: start a program of ours in a process of its own. */
export interface Host {
  readonly kind: 'electron' | 'node';
  spawn(entry: EntryName, options: { label: string; args?: string[] }): Promise<SpawnedProcess>;
}
