import { ForesightError } from '../../shared/errors';
import type { EpisodeStretch } from '../../shared/model';
import type { Rig } from '../../shared/rig';
import { rigChannels } from '../../shared/rig-channels';
import type { TaskFile } from '../../shared/task';
import { holdAction } from '../control/guard';
import { type EpisodeSource, readStretch } from '../dynamics/data/episode-source';
import { irregularNote, regularRuns } from '../dynamics/data/regular-runs';
import { checkEpisode, MIN_TRANSITIONS } from '../dynamics/data/transitions';
import { stateAfter, stateFrom } from '../dynamics/layout';
import type { TrainingEpisode } from '../dynamics/types';
import { compileTask } from '../task';
import type { Transition } from './replay';
import { type PolicySpace, toUnit } from './representation/space';

/** What recorded episodes have to teach, in order, and what was remarkable about them, one sentence each. */
export interface RecordedSteps {
  transitions: Transition[];
  notes: string[];
}

interface Recording {
  rig: Pick<Rig, 'file'>;
  task: TaskFile;
  space: PolicySpace;
  /** Rewards are those that were recorded: of states that no formula can be written in. */
  rewardsAsRecorded?: boolean;
}

/**
 * Steps out of recorded episodes, as if this task had been set then: reward and termination are computed anew by its formulas.
 * Only steps that took one control period, with as many before them as a state looks back; before the first row of an episode
 * the rig counts as at rest. Where a recording goes on after this task would have ended, what begins in a state in which it is
 * over teaches nothing. The end of a recording, or a gap in it, is no termination.
 * @throws ForesightError bad-formula for a task without a reward; bad-data for other channels than the rig's, for what is no
 *   number, and for too few steps
 */
export function recordedSteps(
  recording: Recording,
  { source, stretches }: { source: EpisodeSource; stretches: readonly EpisodeStretch[] },
): RecordedSteps {
  const { rig, task } = recording;
  const formulas = compileTask(task, rig.file);
  const transitions: Transition[] = [];
  let [recorded, over] = [0, 0];
  for (const stretch of stretches) {
    const episode = readStretch(source, stretch);
    requireWidths(rig, episode);
    checkEpisode(rigChannels(rig.file), episode);
    recorded += Math.max(0, episode.columns.rows - 1);
    for (const run of regularRuns(episode.columns, rig.file.periodSeconds)) {
      over += addRun(transitions, recording, formulas, episode, run);
    }
  }
  if (transitions.length < MIN_TRANSITIONS) {
    throw new ForesightError(
      'bad-data',
      `There are ${transitions.length} steps to learn from in ${stretches.length} episodes; a policy needs at least ${MIN_TRANSITIONS}.`,
      'Record more, or choose more episodes.',
    );
  }
  const irregular = recorded - over - transitions.length;
  return {
    transitions,
    notes: [
      ...irregularNote(irregular),
      ...(over > 0 ? [`${over} steps from states in which the task is over were left out.`] : []),
    ],
  };
}

/** Steps of a run of rows [from, to). @returns how many were left out because the task was over before them */
function addRun(
  transitions: Transition[],
  { rig, task, space, rewardsAsRecorded = false }: Recording,
  formulas: ReturnType<typeof compileTask>,
  { id, firstRow = 0, columns }: TrainingEpisode,
  { from, to }: { from: number; to: number },
): number {
  const { layout } = space;
  const row = (values: Float64Array, at: number) => {
    const width = values.length / columns.rows;
    return values.subarray(at * width, (at + 1) * width);
  };
  const begins = from === 0 && firstRow === 0 ? from : from + layout.history - 1;
  if (begins >= to - 1) return 0;
  const before = Array.from({ length: begins - from + 1 }, (_, i) => from + i);
  let state = stateFrom(
    layout,
    before.map((at) => row(columns.observations, at)),
    before.map((at) => row(columns.actions, at)),
    holdAction(rig.file.actions),
  );
  let [over, left] = [false, 0];
  for (let at = begins; at < to - 1; at++) {
    const [observation, after] = [row(columns.observations, at), row(columns.observations, at + 1)];
    const executed = row(columns.actions, at);
    const next = stateAfter(layout, state, Float32Array.from(executed), Float32Array.from(after));
    const terminated = formulas.terminated(observation, executed, after);
    const reward = rewardsAsRecorded
      ? (columns.reward?.[at + 1] ?? Number.NaN)
      : formulas.reward(observation, executed, after);
    if (!Number.isFinite(reward)) throw noReward(task, reward, id, firstRow + at + 1);
    if (over) left++;
    else {
      const last = terminated || at === to - 2;
      transitions.push({ state, action: toUnit(space, executed), reward, next, terminated, last });
    }
    over = terminated;
    state = next;
  }
  return left;
}

/** @throws bad-data for a row with other numbers than the rig has channels */
function requireWidths({ file }: Pick<Rig, 'file'>, { id, columns }: TrainingEpisode): void {
  for (const kind of ['observations', 'actions'] as const) {
    const found = columns.rows === 0 ? file[kind].length : columns[kind].length / columns.rows;
    if (found === file[kind].length) continue;
    const names = file[kind].map(({ name }) => name).join(', ');
    throw new ForesightError(
      'bad-data',
      `Episode ${id} has ${found} ${kind} a row, and the rig "${file.name}" has ${file[kind].length} (${names}).`,
      'Choose episodes that were recorded on this rig, or the rig that these were recorded on.',
    );
  }
}

const noReward = (task: TaskFile, reward: number, episode: number, row: number): ForesightError =>
  new ForesightError(
    'bad-data',
    `The reward of task "${task.name}" is ${reward} at row ${row} of episode ${episode}.`,
    'Leave the episode out, or correct the formula so that it is a number everywhere.',
  );
