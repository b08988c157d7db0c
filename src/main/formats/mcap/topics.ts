import { FileEpisodes } from '../csv/file-episodes';
import type { GridRows } from '../csv/resample';
import { usualStep } from '../guess';
import { plainEnd } from '../parquet/table-rows';
import type { Dataset, DatasetCamera, DatasetColumn, DatasetOptions, DatasetPart } from '../types';
import type { McapFile } from './file';
import { messages } from './messages';
import { camerasIn, holdsPictures, piecePictures } from './pictures';

/** A number in the messages of a topic: where it stands, and by which name where it is one of several named ones. */
interface Place {
  topic: string;
  path: string[];
  /** Of an array beside an array `name`. */
  label?: string;
}

/** Messages of a topic that are looked at to know its rate. */
const LOOKED_AT = 200;
const MOST_DEPTH = 6;
const MOST_COLUMNS = 2000;
/** Times of messages are their own, and no series. */
const TIMES = new Set(['stamp', 'timestamp', 'header', 'sec', 'nsec', 'secs', 'nsecs', 'seq']);

/** Somebody else's recording: JSON topics, each at its own times, brought to one period as CSV logs are. */
export async function foreignTopics(file: McapFile, path: string, options: DatasetOptions): Promise<Dataset> {
  const all = [...file.reader.channelsById.values()];
  const readable = [
    ...new Set(all.filter(({ messageEncoding }) => messageEncoding === 'json').map(({ topic }) => topic)),
  ];
  const places = new Map<string, Place>();
  const columns: DatasetColumn[] = [];
  const steps: number[] = [];
  const seen: { topic: string; first: unknown; rate: number | null }[] = [];
  for (const topic of readable) {
    const channel = all.find((one) => one.topic === topic);
    const schema = file.reader.schemasById.get(channel?.schemaId ?? 0)?.name ?? '';
    const isJoints = /JointState$/.test(schema);
    const { first, times } = await lookAt(file, topic);
    if (holdsPictures(schema)) {
      const step = usualStep(times);
      seen.push({ topic, first, rate: step === undefined ? null : Number((1 / step).toPrecision(3)) });
      continue;
    }
    for (const place of numbersIn(first, topic)) {
      const column = [topic, ...place.path, ...(place.label === undefined ? [] : [place.label])].join('/');
      if (places.has(column) || places.size >= MOST_COLUMNS) continue;
      places.set(column, place);
      const role = roleOfTopic(topic, isJoints);
      columns.push({ column, name: column, unit: null, angle: false, limits: null, role });
      if (role === 'observation') steps.push(usualStep(times) ?? Number.POSITIVE_INFINITY);
    }
  }
  const { cameras, remarks } = camerasIn(seen);
  const usual = Math.min(...steps);
  const guessed = Number.isFinite(usual) ? 1 / Number((1 / usual).toPrecision(3)) : null;
  const periodSeconds = options.periodSeconds ?? guessed;
  const others = all.filter(({ messageEncoding }) => messageEncoding !== 'json');
  return {
    head: {
      ...{ format: 'MCAP', rig: null, periodSeconds, episodes: null, rows: null, columns },
      cameras,
      remarks: [
        ...remarks,
        ...others.map(
          ({ topic, messageEncoding }) =>
            `${topic} (${messageEncoding || 'no encoding'}) is not read: only JSON is.`,
        ),
        'Topics are brought to one period: observations in between, actions as the mean of what was held; a gap of five periods begins a new episode.',
      ],
    },
    rigFile: null,
    close: () => file.handle.close(),
    read: (wanted) => resampled({ file, path, places, cameras, periodSeconds: periodSeconds ?? 1 }, wanted),
  };
}

function roleOfTopic(topic: string, isJoints: boolean): DatasetColumn['role'] {
  if (/(^|\/)(action|command|cmd|control|target|goal)s?(\/|_|$)/i.test(topic)) return 'action';
  return isJoints || /(^|\/)(observation|obs|state|joint_states?)s?(\/|_|$)/i.test(topic)
    ? 'observation'
    : null;
}

async function lookAt(file: McapFile, topic: string): Promise<{ first: unknown; times: Float64Array }> {
  const times: bigint[] = [];
  let first: unknown;
  for await (const { message, time } of messages(file, [topic])) {
    if (times.length === 0) first = message;
    times.push(time);
    if (times.length === LOOKED_AT) break;
  }
  return { first, times: Float64Array.from(times, (time) => Number(time - (times[0] ?? 0n)) / 1e9) };
}

function* numbersIn(value: unknown, topic: string, path: string[] = []): Generator<Place> {
  if (typeof value === 'number') yield { topic, path };
  if (typeof value !== 'object' || value === null || path.length >= MOST_DEPTH) return;
  const { name } = value as { name?: unknown };
  for (const [key, inner] of Object.entries(value)) {
    if (TIMES.has(key)) continue;
    const isNamed =
      Array.isArray(inner) && Array.isArray(name) && inner !== name && inner.length === name.length;
    if (isNamed && inner.every((one) => typeof one === 'number')) {
      for (const label of name) if (typeof label === 'string') yield { topic, path: [...path, key], label };
    } else yield* numbersIn(inner, topic, [...path, key]);
  }
}

/** NaN where it is not there. */
function numberAt(message: unknown, { path, label }: Place): number {
  let value: unknown = message;
  let around: unknown;
  for (const key of path) {
    around = value;
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  if (label !== undefined) {
    const names = (around as { name?: unknown } | undefined)?.name;
    value = Array.isArray(names) && Array.isArray(value) ? value[names.indexOf(label)] : undefined;
  }
  return typeof value === 'number' ? value : Number.NaN;
}

const PART_ROWS = 4096;

interface Source {
  file: McapFile;
  path: string;
  places: ReadonlyMap<string, Place>;
  cameras: readonly DatasetCamera[];
  periodSeconds: number;
}

async function* resampled(
  { file, path, places, cameras, periodSeconds }: Source,
  wanted: { observations: string[]; actions: string[]; turns?: readonly (number | undefined)[] },
): AsyncGenerator<DatasetPart, void, void> {
  const { turns = [] } = wanted;
  const wantedPlaces = [...wanted.observations, ...wanted.actions].map(
    (column) => places.get(column) ?? { topic: '', path: [''] },
  );
  /** To radians and back, for what turns: between two samples it goes the shorter way. */
  const radians = wantedPlaces.map((_, i) => (turns[i] === undefined ? 1 : (2 * Math.PI) / turns[i]));
  const ready: { piece: number; rows: GridRows }[] = [];
  const mapping = {
    observations: wanted.observations.map((column, i) => ({
      column,
      unit: '1',
      angle: turns[i] !== undefined,
    })),
    actions: wanted.actions.map((column) => ({ column, unit: '1' })),
  };
  const options = { files: [path], rig: 'imported', mapping, periodSeconds };
  const episodes = new FileEpisodes(path, options, PART_ROWS, ({ piece }, rows) =>
    ready.push({ piece, rows }),
  );
  const values = new Float64Array(wantedPlaces.length).fill(Number.NaN);
  let time: bigint | undefined;
  let began: bigint | undefined;
  let samples = 0;
  const take = () => {
    if (time === undefined || values.some(Number.isNaN)) return;
    began ??= time;
    samples += 1;
    episodes.sample(Number(time - began) / 1e9, values, false);
  };
  let inHand = 0;
  let [begin, count] = [0n, 0];
  const end = async function* (): AsyncGenerator<DatasetPart> {
    if (count > 0) yield* piecePictures(file, cameras, { begin, rows: count, periodSeconds });
    yield { kind: 'end', end: ended(inHand, began) };
  };
  const handed = async function* (): AsyncGenerator<DatasetPart> {
    for (const { piece, rows } of ready.splice(0)) {
      if (piece !== inHand) yield* end();
      inHand = piece;
      begin = (began ?? 0n) + BigInt(Math.round(rows.startSeconds * 1e9));
      count = rows.firstRow + rows.rows;
      yield { kind: 'rows', rows: rowsOf(rows, periodSeconds, radians, wanted.observations.length) };
    }
  };
  for await (const { topic, message, time: now } of messages(file, [
    ...new Set(wantedPlaces.map((place) => place.topic)),
  ])) {
    if (now !== time) take();
    time = now;
    wantedPlaces.forEach((place, i) => {
      if (place.topic === topic) values[i] = numberAt(message, place) * (radians[i] ?? 1);
    });
    yield* handed();
  }
  take();
  episodes.report({ samples, remarks: [] });
  yield* handed();
  yield* end();
}

function ended(piece: number, began: bigint | undefined) {
  const ms = Number(began ?? 0n) / 1e6;
  return { ...plainEnd(`piece ${piece + 1}`), startedAt: ms > 1e12 ? ms : null };
}

function rowsOf(
  { rows, firstRow, startSeconds, observations, actions }: GridRows,
  periodSeconds: number,
  radians: readonly number[],
  width: number,
) {
  const hostSeconds = new Float64Array(rows).map((_, row) => (firstRow + row) * periodSeconds);
  return {
    ...{ rows, actions, hostSeconds, deviceSeconds: hostSeconds.map((seconds) => startSeconds + seconds) },
    observations: observations.map((value, i) => value / (radians[i % width] ?? 1)),
  };
}
