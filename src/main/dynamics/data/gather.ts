import { crc32 } from 'node:zlib';
import { ForesightError } from '../../../shared/errors';
import type { EpisodeStretch } from '../../../shared/model';
import type { TrainOptions } from '../../../shared/model-options';
import { modelLayout } from '../layout';
import type { ModelChannels } from '../types';
import type { EpisodeSource } from './episode-source';
import { CAUGHT_UP, regularSteps } from './regular-runs';
import { smoothingOf } from './smoothing';
import { StepWriter, type Transitions } from './step-rows';
import { stepsIn } from './stretches';
import { checkEpisode, MIN_TRANSITIONS, namesOf } from './transitions';

/** Rows that are looked at together: 8 MB of sixteen channels. */
const BLOCK = 65_536;

/** What a training learns from, as it was recorded. */
export interface Gathered {
  transitions: Transitions;
  /** What of which episodes, in order. */
  stretches: EpisodeStretch[];
  /** What was done to it, one sentence each. */
  smoothed: string[];
  /** Episodes that add nothing, and those that add the same twice, one sentence each. */
  remarks: string[];
  /** How long reading took. */
  seconds: number;
}

/**
 * Reads, checks, smooths and collects, a block of rows at a time, each with as many around it as tell whether its steps took
 * one control period and what they are smoothed to. Only the steps that took one control period are kept.
 * @param how.leastBlock rows of a block at least; the result does not depend on it
 * @param how.onRows called with the rows that are read, block by block
 * @throws bad-data with a sentence for a value that is no number, for a matrix that does not fit the channels, for a reward
 *   that is to be learned and was not recorded, and for too few transitions
 */
export function gather(
  channels: ModelChannels,
  { source, stretches }: { source: EpisodeSource; stretches: readonly EpisodeStretch[] },
  options: Pick<TrainOptions, 'history' | 'rewardHead' | 'smoothingSeconds'>,
  {
    leastBlock = BLOCK,
    onRows = () => undefined,
  }: { leastBlock?: number; onRows?: (rows: number) => void } = {},
): Gathered {
  const began = performance.now();
  const smoothing = smoothingOf(channels, options.smoothingSeconds);
  const margin = 2 * CAUGHT_UP + smoothing.margin;
  const block = Math.max(leastBlock, margin);
  const writer = new StepWriter(modelLayout({ ...channels, options }), stepsIn(stretches));
  const known = new Map<string, number>();
  const repeated: string[] = [];
  let done = 0;
  for (const { episode, firstRow, rows } of stretches) {
    let before = Number.NaN;
    const sums = [rows, 0, 0];
    for (let from = 0; from < Math.max(1, rows - 1); from += block) {
      const to = Math.min(rows - 1, from + block);
      const [first, end] = [Math.max(0, from - margin), Math.min(rows, to + 1 + margin)];
      const read = source.read(episode, firstRow + first, firstRow + end);
      checkEpisode(channels, read, options.rewardHead);
      sums[1] = checksum(
        read.columns.observations,
        [from - first, to + 1 - first],
        read.columns.rows,
        sums[1],
      );
      sums[2] = checksum(read.columns.actions, [from - first, to + 1 - first], read.columns.rows, sums[2]);
      const { columns } = smoothing.apply(read);
      for (const row of regularSteps(columns, channels.periodSeconds)) {
        const at = first + row;
        if (at < from || at >= to) continue;
        writer.add(columns, row, at === before + 1);
        before = at;
      }
      onRows(done + to);
    }
    done += rows;
    const key = sums.join(' ');
    const copy = known.get(key);
    if (rows < 2) continue;
    if (copy === undefined) known.set(key, episode);
    else {
      repeated.push(
        `Episodes ${copy} and ${episode} hold the same recording: it counts twice, and the hold-out loss looks better than it is.`,
      );
    }
  }
  const transitions = writer.transitions(namesOf(channels, options), stepsIn(stretches));
  if (transitions.count < MIN_TRANSITIONS) throw tooFewError(transitions.count, stretches.length, options);
  return {
    transitions,
    stretches: [...stretches],
    smoothed: smoothing.notes,
    remarks: [...emptyNotes(stretches), ...repeated],
    seconds: (performance.now() - began) / 1000,
  };
}

/** Goes on with a checksum over rows [from, to) of a matrix. */
function checksum(values: Float64Array, [from, to]: [number, number], rows: number, sum: number): number {
  if (rows === 0) return sum;
  const part = values.subarray((from * values.length) / rows, (to * values.length) / rows);
  return crc32(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), sum);
}

const emptyNotes = (stretches: readonly EpisodeStretch[]): string[] =>
  stretches
    .filter(({ rows }) => rows < 2)
    .map(({ episode }) => `Episode ${episode} has fewer than two rows, so there is no transition in it.`);

function tooFewError(count: number, episodes: number, { history }: Pick<TrainOptions, 'history'>) {
  const each = history === 1 ? '' : ` with ${history - 1} steps before each`;
  return new ForesightError(
    'bad-data',
    `There are ${count} transitions${each} in ${episodes} episodes; a model needs at least ${MIN_TRANSITIONS}.`,
    history === 1
      ? 'Record more, or choose more episodes.'
      : 'Record longer episodes, choose more of them, or a shorter history.',
  );
}
