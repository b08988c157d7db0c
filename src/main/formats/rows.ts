import type { DatasetRows } from './types';

const SERIES = ['reward', 'hostSeconds', 'deviceSeconds', 'latenessSeconds', 'planMs', 'missed'] as const;

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
 * @param after [observations] after the last frame, looked at when the frames have ended; undefined where nobody knows
 */
export async function* rowsOfFrames(
  frames: AsyncIterable<DatasetRows> | Iterable<DatasetRows>,
  periodSeconds: number,
  after: () => Float64Array | undefined = () => undefined,
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
function afterwards(
  before: DatasetRows,
  observations: Float64Array,
  periodSeconds: number,
  reward: number,
): DatasetRows {
  const next = (times: Float64Array | undefined) =>
    times && Float64Array.of((times.at(-1) ?? Number.NaN) + periodSeconds);
  const unknown = (values: Float64Array) => new Float64Array(values.length / before.rows).fill(Number.NaN);
  return {
    ...{ rows: 1, observations, actions: unknown(before.actions) },
    requested: before.requested && unknown(before.requested),
    reward: before.reward && Float64Array.of(reward),
    ...{ hostSeconds: next(before.hostSeconds), deviceSeconds: next(before.deviceSeconds) },
  };
}

export const LAST_ACTION =
  'What came of the last action of an episode does not stand in the file, so that action is left out.';

/** Events that an import cannot keep at their steps become notes. */
export function notesOf(reason: string, events: { step: number; kind: string; message: string }[]): string[] {
  const ended = reason === '' ? [] : [`It ended there with: ${reason}`];
  return [...ended, ...events.map(({ step, kind, message }) => `Step ${step}, ${kind}: ${message}`)];
}
