import uPlot from 'uplot';
import type { ChannelInfo, EpisodeSummary } from '../../shared/episode';
import type { EpisodeRows } from '../../shared/episode-rows';
import type { EpisodeWindow, Trace } from '../../shared/episode-window';
import { unitLabel } from '../ui/format';
import { curveOf, pointSeconds } from './curves';

type Kind = 'observations' | 'actions';
type Told = Pick<EpisodeSummary, 'id' | 'rig' | 'periodSeconds' | Kind>;

/** A channel that two or more of the episodes have in common. */
export interface SharedChannel extends Pick<ChannelInfo, 'name' | 'unit' | 'limits'> {
  kind: Kind;
  /** Its place in each episode; null in one that has none like it. */
  places: readonly (number | null)[];
}

export interface Comparison {
  channels: SharedChannel[];
  /** What of them cannot be laid over each other and why, and what else differs; a sentence each. */
  differences: string[];
}

/**
 * What episodes have in common, channel by channel: the same name and the same unit, measured in all or commanded in all. A
 * channel is what the first that has it says. Limits are shown where all have the same.
 */
export function comparison(
  episodes: readonly Told[],
  titleOf: (name: string) => string = (name) => name,
): Comparison {
  const own = episodes.map((episode) => channelsOf(episode));
  const names = [...new Set(own.flatMap((channels) => channels.map(({ name }) => name)))];
  const channels: SharedChannel[] = [];
  const unlike: string[] = [];
  for (const name of names) {
    const found = own.map((all) => all.find((channel) => channel.name === name));
    const at = found.findIndex((channel) => channel !== undefined);
    const first = found[at];
    if (first === undefined) continue;
    const same = found.map((channel) => channel?.kind === first.kind && channel.unit === first.unit);
    for (const [i, channel] of found.entries()) {
      if (channel === undefined || same[i]) continue;
      unlike.push(unlikeSentence(titleOf(name), [episodes[at]?.id, first], [episodes[i]?.id, channel]));
    }
    if (same.filter(Boolean).length < 2) continue;
    const alike = found.filter((_, i) => same[i]);
    const limits = alike.every((channel) => sameLimits(channel?.limits, first.limits)) ? first.limits : null;
    const { kind, unit } = first;
    channels.push({
      name,
      unit,
      limits,
      kind,
      places: found.map((one, i) => (same[i] ? (one?.place ?? null) : null)),
    });
  }
  return {
    channels,
    differences: [...differencesOf(episodes), ...unlike, ...missing(episodes, own, titleOf)],
  };
}

type Own = ReturnType<typeof channelsOf>;

const sameLimits = (a: ChannelInfo['limits'] | undefined, b: ChannelInfo['limits']) =>
  a?.[0] === b?.[0] && a?.[1] === b?.[1];

function unlikeSentence(
  title: string,
  [a, first]: [number | undefined, Own[number]],
  [b, other]: [number | undefined, Own[number]],
): string {
  const say =
    first.kind === other.kind
      ? ({ unit }: Own[number]) => `in ${unitWords(unit)}`
      : ({ kind }: Own[number]) => KINDS[kind];
  return `${title} is ${say(first)} in episode ${a} and ${say(other)} in episode ${b}: not compared.`;
}

/** What one alone has, and what one alone has not. */
function missing(
  episodes: readonly Told[],
  own: readonly Own[],
  titleOf: (name: string) => string,
): string[] {
  const has = (channels: Own, name: string) => channels.some((channel) => channel.name === name);
  return episodes.flatMap(({ id }, i) => {
    const others = own.filter((_, j) => j !== i);
    const alone = (own[i] ?? []).filter(({ name }) => !others.some((channels) => has(channels, name)));
    const common = (others[0] ?? []).filter(({ name }) => others.every((channels) => has(channels, name)));
    const lacks = others.length < 2 ? [] : common.filter(({ name }) => !has(own[i] ?? [], name));
    const list = (channels: Own) => channels.map(({ name }) => titleOf(name)).join(', ');
    return [
      ...(alone.length > 0 ? [`Only episode ${id} has ${list(alone)}.`] : []),
      ...(lacks.length > 0 ? [`Episode ${id} has no ${list(lacks)}.`] : []),
    ];
  });
}

const KINDS: Record<Kind, string> = { observations: 'an observation', actions: 'an action' };

const unitWords = (unit: string) => unitLabel(unit) || 'no unit';

function channelsOf(episode: Told) {
  return (['observations', 'actions'] as const).flatMap((kind) =>
    episode[kind].map((channel, place) => ({ ...channel, kind, place })),
  );
}

/** Of each from the first. */
function differencesOf([a, ...others]: readonly Told[]): string[] {
  if (a === undefined) return [];
  const ms = ({ periodSeconds }: Told) => `${Number((1000 * periodSeconds).toPrecision(4))} ms`;
  return others.flatMap((b) => [
    ...(a.rig === b.rig
      ? []
      : [
          `Episode ${a.id} is of ${a.rig}, episode ${b.id} of ${b.rig}: what has the same name need not be the same.`,
        ]),
    ...(Math.abs(a.periodSeconds - b.periodSeconds) <= 1e-9
      ? []
      : [
          `The control period is ${ms(a)} in episode ${a.id} and ${ms(b)} in episode ${b.id}: a step is not the same time.`,
        ]),
  ]);
}

const NOTHING: Trace = { first: [] };

/** What an episode's window holds of a channel. */
export function traceOf(window: EpisodeWindow, { kind, places }: SharedChannel, side: number): Trace {
  return window[kind][places[side] ?? -1] ?? NOTHING;
}

/** The same of single rows. */
export function rowsOf({ kind, places }: SharedChannel, side: number) {
  return (rows: EpisodeRows) => rows[kind][places[side] ?? -1];
}

/** One channel of several episodes over the time since each began. */
export function overEachOther(windows: readonly EpisodeWindow[], channel: SharedChannel): uPlot.AlignedData {
  const table = (window: EpisodeWindow, side: number): uPlot.AlignedData => {
    const seconds = pointSeconds(window).map((second) => second - window.wholeSeconds[0]);
    if ((channel.places[side] ?? null) === null) return [seconds, seconds.map(() => null)];
    return [seconds, curveOf(traceOf(window, channel, side))] as uPlot.AlignedData;
  };
  return uPlot.join(windows.map(table));
}

/** How long the longest one took. */
export function longest(wholes: readonly Pick<EpisodeWindow, 'wholeSeconds'>[]): number {
  return Math.max(...wholes.map(({ wholeSeconds: [begin, end] }) => end - begin));
}
