import type { EpisodeFlag } from '../../../shared/flags';
import { RECORDING_STOPPED } from '../recorder';
import { type Detector, type LookedAt, type LookedRows, stepsOf } from './types';

/**
 * Values that are no numbers. Recording and imports refuse them, so what is found is an episode that was ended by one, or one
 * that came from elsewhere before they did.
 */
export class Numbers implements Detector {
  readonly #found = new Map<string, { from: number; to: number; rows: number }>();
  readonly #leadsNowhere: Set<number>;
  /** Rows with a reward and without: an import that has none at all lacks nothing. */
  #rewards = { rows: 0, missing: 0, from: -1, to: -1 };

  constructor(private readonly episode: LookedAt) {
    const { rows, events } = episode;
    const seams = events.filter(({ kind }) => kind === 'seam').map(({ step }) => step - 1);
    this.#leadsNowhere = new Set([rows - 1, ...seams]);
  }

  take({ observations, actions, reward, firstRow, rows }: LookedRows): void {
    for (let i = 0; i < rows; i++) {
      const row = firstRow + i;
      this.#look(this.episode.observations, observations, i, row);
      if (!this.#leadsNowhere.has(row)) this.#look(this.episode.actions, actions, i, row);
      if (Number.isFinite(reward[i])) this.#rewards.rows += 1;
      else {
        this.#rewards.missing += 1;
        if (this.#rewards.from < 0) this.#rewards.from = row;
        this.#rewards.to = row;
      }
    }
  }

  #look(channels: readonly { name: string }[], matrix: Float64Array, i: number, row: number): void {
    const from = i * channels.length;
    for (let c = 0; c < channels.length; c++) {
      if (Number.isFinite(matrix[from + c])) continue;
      const name = channels[c]?.name ?? '';
      const found = this.#found.get(name) ?? { from: row, to: row, rows: 0 };
      this.#found.set(name, { from: found.from, to: row, rows: found.rows + 1 });
    }
  }

  end(): EpisodeFlag[] {
    const flag = (channel: string | null, from: number, to: number, amount: number, message: string) => ({
      ...({ kind: 'no-number', channel, from, to, amount, message } as const),
    });
    const flags: EpisodeFlag[] = [...this.#found].map(([name, { from, to, rows }]) =>
      flag(name, from, to, rows, `${name} is no number ${stepsOf({ from, to })}, in ${rows} rows.`),
    );
    const { rows, missing, from, to } = this.#rewards;
    if (rows > 0 && missing > 0) {
      flags.push(flag('reward', from, to, missing, `The reward is no number in ${missing} rows.`));
    }
    for (const { step, kind, message } of this.episode.events) {
      if (kind !== 'rig-fault' || !message.startsWith(RECORDING_STOPPED)) continue;
      flags.push(flag(null, step, step, 1, `${message} What came after it is not in the log.`));
    }
    return flags;
  }
}
