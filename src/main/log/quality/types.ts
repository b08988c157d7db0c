import type { ChannelInfo, EpisodeColumns, EpisodeEvent } from '../../../shared/episode';
import type { EpisodeFlag } from '../../../shared/flags';

/**
 * Version of the rules. A change that finds other flags counts it up, and every episode is looked at anew by the next Foresight that
 * has the log open for writing.
 */
export const FLAG_RULES = 1;

/** What is known of an episode before its rows are looked at. */
export interface LookedAt {
  observations: ChannelInfo[];
  actions: ChannelInfo[];
  periodSeconds: number;
  rows: number;
  events: readonly EpisodeEvent[];
}

/** How a row follows the one before it. */
export const FOLLOWS = {
  regular: 0,
  /** Time is missing, or a clock cannot be believed: the two say nothing about how fast anything moved. */
  break: 1,
  /** The same measurement once more: no new one had come when the loop ticked. */
  again: 2,
} as const;

/** Rows of an episode, `firstRow` and those that follow it, and how each follows the one before. */
export interface LookedRows extends EpisodeColumns {
  firstRow: number;
  /** [rows] of FOLLOWS */
  follows: Uint8Array;
}

/** Looks for one kind of flag, a stretch of rows after another, in memory that does not grow with them. */
export interface Detector {
  take(rows: LookedRows): void;
  /** What was found. */
  end(): EpisodeFlag[];
}

/** Rows `from` to `to` (exclusive) of the episode once more, to look closer at a stretch. */
export type ReadRows = (from: number, to: number) => EpisodeColumns;

/** Steps `from` to `to`, both among them. */
export interface Stretch {
  from: number;
  to: number;
}

/** At most four digits that count, with the unit. */
export function amountOf(value: number, unit: string): string {
  const digits = String(Number(value.toPrecision(4)));
  return unit === '1' || unit === '' ? digits : `${digits} ${unit}`;
}

export const stepsOf = ({ from, to }: Stretch): string =>
  from === to ? `at step ${from}` : `from step ${from} to ${to}`;

/** So many flags of a kind are told of a channel; a sensor that fails a thousand times needs no thousand sentences. */
const MOST_FLAGS = 16;

/** The first ones, and one for all that come after. @param more says of how many it is and what */
export function withoutFlood(flags: EpisodeFlag[], more: (count: number) => string): EpisodeFlag[] {
  if (flags.length <= MOST_FLAGS) return flags;
  const kept = flags.slice(0, MOST_FLAGS - 1);
  const rest = flags.slice(MOST_FLAGS - 1);
  const [first, last] = [rest[0], rest.at(-1)];
  if (first === undefined || last === undefined) return kept;
  const amount = Math.max(...rest.map((flag) => flag.amount));
  return [...kept, { ...first, to: last.to, amount, message: more(rest.length) }];
}
