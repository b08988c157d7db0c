import uPlot from 'uplot';
import type { ChannelInfo, EpisodeSummary } from '../../shared/episode';
import type { EpisodeRows } from '../../shared/episode-rows';
import type { EpisodeWindow, Trace } from '../../shared/episode-window';
import { unitLabel } from '../ui/format';
import { curveOf, pointSeconds } from './curves';

type Kind = 'observations' | 'actions';
type Told = Pick<EpisodeSummary, 'id' | 'rig' | 'periodSeconds' | Kind>;
export type Two<T> = readonly [T, T];

/** A channel that two episodes have in common. */
export interface SharedChannel extends Pick<ChannelInfo, 'name' | 'unit' | 'limits'> {
  kind: Kind;
  /** Its place in either episode. */
  places: Two<number>;
}

export interface Comparison {
  channels: SharedChannel[];
  /** What of them cannot be laid over each other and why, and what else differs; a sentence each. */
  differences: string[];
}

/**
 * What two episodes have in common, channel by channel: the same name and the same unit, measured in both or commanded in both.
 * Limits are shown where both have the same.
 */
export function comparison(a: Told, b: Told, titleOf: (name: string) => string = (name) => name): Comparison {
  const [ofA, ofB] = [channelsOf(a), channelsOf(b)];
  const channels: SharedChannel[] = [];
  const differences = differencesOf(a, b);
  for (const one of ofA) {
    const other = ofB.find(({ name }) => name === one.name);
    if (!other) continue;
    const { name, kind, unit, limits } = one;
    if (kind !== other.kind) {
      differences.push(
        `${titleOf(name)} is ${KINDS[kind]} in episode ${a.id} and ${KINDS[other.kind]} in episode ${b.id}: not compared.`,
      );
    } else if (unit !== other.unit) {
      differences.push(
        `${titleOf(name)} is in ${unitWords(unit)} in episode ${a.id} and in ${unitWords(other.unit)} in episode ${b.id}: not compared.`,
      );
    } else {
      const same = limits?.[0] === other.limits?.[0] && limits?.[1] === other.limits?.[1];
      channels.push({ name, unit, limits: same ? limits : null, kind, places: [one.place, other.place] });
    }
  }
  for (const [{ id }, own, others] of [
    [a, ofA, ofB],
    [b, ofB, ofA],
  ] as const) {
    const alone = own.filter(({ name }) => !others.some((other) => other.name === name));
    if (alone.length === 0) continue;
    differences.push(`Only episode ${id} has ${alone.map(({ name }) => titleOf(name)).join(', ')}.`);
  }
  return { channels, differences };
}

const KINDS: Record<Kind, string> = { observations: 'an observation', actions: 'an action' };

const unitWords = (unit: string) => unitLabel(unit) || 'no unit';

function channelsOf(episode: Told) {
  return (['observations', 'actions'] as const).flatMap((kind) =>
    episode[kind].map((channel, place) => ({ ...channel, kind, place })),
  );
}

function differencesOf(a: Told, b: Told): string[] {
  const differences: string[] = [];
  if (a.rig !== b.rig) {
    differences.push(
      `Episode ${a.id} is of ${a.rig}, episode ${b.id} of ${b.rig}: what has the same name need not be the same.`,
    );
  }
  if (Math.abs(a.periodSeconds - b.periodSeconds) > 1e-9) {
    const ms = ({ periodSeconds }: Told) => `${Number((1000 * periodSeconds).toPrecision(4))} ms`;
    differences.push(
      `The control period is ${ms(a)} in episode ${a.id} and ${ms(b)} in episode ${b.id}: a step is not the same time.`,
    );
  }
  return differences;
}

const NOTHING: Trace = { first: [] };

/** What an episode's window holds of a channel. */
export function traceOf(window: EpisodeWindow, { kind, places }: SharedChannel, side: 0 | 1): Trace {
  return window[kind][places[side]] ?? NOTHING;
}

/** The same of single rows. */
export function rowsOf({ kind, places }: SharedChannel, side: 0 | 1) {
  return (rows: EpisodeRows) => rows[kind][places[side]];
}

/** One channel of two episodes over the time since each began. */
export function overEachOther(windows: Two<EpisodeWindow>, channel: SharedChannel): uPlot.AlignedData {
  const table = (side: 0 | 1) => {
    const window = windows[side];
    const seconds = pointSeconds(window).map((second) => second - window.wholeSeconds[0]);
    return [seconds, curveOf(traceOf(window, channel, side))] as uPlot.AlignedData;
  };
  return uPlot.join([table(0), table(1)]);
}

/** How long the longer one took. */
export function longest(wholes: Two<Pick<EpisodeWindow, 'wholeSeconds'>>): number {
  return Math.max(...wholes.map(({ wholeSeconds: [begin, end] }) => end - begin));
}
