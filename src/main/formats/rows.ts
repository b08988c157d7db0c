import type { DatasetRows } from './types';

const SERIES = ['reward', 'hostSeconds', 'deviceSeconds', 'latenessSeconds', 'planMs', 'missed'] as const;

/** The row after an episode's last frame, as far as it is known; times that are not follow after a period. */
export type LastRow = { observations: Float64Array } & Partial<Record<(typeof SERIES)[number], number>>;

/** Rows `from` to `to` (exclusive) of these. */
export function sliceRows(all: DatasetRows, from: number, to: number): DatasetRows {
  const matrix = (values: Float64Array) => {
    const width = all.rows === 0 ? 0 : values.length / all.rows;
    return values.subarray(from * width, to * width);
  };
  const out: DatasetRows = {
    rows: to - from,
    observations: matrix(all.observations),
    actions: matrix(all.actions),
    requested: all.requested && matrix(all.requested),
  };
  for (const name of SERIES) out[name] = all[name]?.subarray(from, to);
  return out;
}

/**
 * Rows of the log from frames as other people's data sets have them: a frame is an observation, the action from it and the
 * reward that followed. What came of an episode's last action stands in no frame, so that action is left out,
 * unless the file brings the observation after it.
 * @param frames one episode's, with the reward after each
 * @param after the row after the last frame, looked at when the frames have ended; undefined where nobody knows
 */
export async function* rowsOfFrames(
  frames: AsyncIterable<DatasetRows> | Iterable<DatasetRows>,
  periodSeconds: number,
  after: () => LastRow | undefined = () => undefined,
): AsyncGenerator<DatasetRows, void, void> {
  let held: DatasetRows | undefined;
  let reward = 0;
  for await (const frame of frames) {
    if (held !== undefined) yield held;
    held = { ...frame };
    if (frame.reward !== undefined) {
      held.reward = new Float64Array(frame.rows);
      held.reward[0] = reward;
      held.reward.set(frame.reward.subarray(0, frame.rows - 1), 1);
      reward = frame.reward[frame.rows - 1] ?? Number.NaN;
    }
  }
  if (held === undefined) return;
  const last = after();
  if (last === undefined) yield withoutLastAction(held);
  else {
    yield held;
    yield afterwards(held, last, periodSeconds, reward);
  }
}

function withoutLastAction(rows: DatasetRows): DatasetRows {
  const cut = (values: Float64Array) => {
    const width = values.length / rows.rows;
    return values.slice().fill(Number.NaN, (rows.rows - 1) * width);
  };
  return { ...rows, actions: cut(rows.actions), requested: rows.requested && cut(rows.requested) };
}

/** The one row after these, which has no action. */
function afterwards(before: DatasetRows, last: LastRow, periodSeconds: number, reward: number): DatasetRows {
  const next = (name: 'hostSeconds' | 'deviceSeconds') => {
    const time = last[name] ?? (before[name]?.at(-1) ?? Number.NaN) + periodSeconds;
    return before[name] && Float64Array.of(time);
  };
  const known = (name: 'latenessSeconds' | 'planMs' | 'missed') => {
    const value = last[name];
    return value === undefined ? undefined : Float64Array.of(value);
  };
  const unknown = (values: Float64Array) => new Float64Array(values.length / before.rows).fill(Number.NaN);
  return {
    ...{ rows: 1, observations: last.observations, actions: unknown(before.actions) },
    requested: before.requested && unknown(before.requested),
    reward: before.reward && Float64Array.of(reward),
    ...{ hostSeconds: next('hostSeconds'), deviceSeconds: next('deviceSeconds') },
    ...{ latenessSeconds: known('latenessSeconds'), planMs: known('planMs'), missed: known('missed') },
  };
}

export const LAST_ACTION =
  'What came of the last action of an episode does not stand in the file, so that action is left out.';

/** Events that an import cannot keep at their steps become notes. */
export function notesOf(reason: string, events: { step: number; kind: string; message: string }[]): string[] {
  const ended = reason === '' ? [] : [`It ended there with: ${reason}`];
  return [...ended, ...events.map(({ step, kind, message }) => `Step ${step}, ${kind}: ${message}`)];
}
