import type { EpisodeEvent, StepRow } from '../../shared/episode';
import type { Log } from '../log/types';
import type { Telemetry } from './telemetry';

/** What happens to a run as a whole, noted as events of the episode in which it happens. */
export class RunNotes {
  #at: { episode: number; step: number } | null = null;
  /** Noted while no episode was running: they belong to the beginning of the next. */
  #waiting: Omit<EpisodeEvent, 'step'>[] = [];

  constructor(
    private readonly log: Log,
    private readonly telemetry: Telemetry,
  ) {}

  row({ step }: StepRow, episode: number): void {
    this.#at = { episode, step };
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { kind, message } of waiting) this.note(kind, message);
  }

  /** Nothing more can be written into the episode. */
  ended(): void {
    this.#at = null;
  }

  note(kind: EpisodeEvent['kind'], message: string): void {
    if (this.#at === null) {
      this.#waiting.push({ kind, message });
      return;
    }
    const { episode, step } = this.#at;
    const events = [{ step, kind, message }];
    this.log.appendRows(episode, [], events);
    this.telemetry.publish({ kind: 'events', events });
  }
}
