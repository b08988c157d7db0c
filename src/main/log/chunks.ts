import {
  type EpisodeColumns,
  INSIGHT_COLUMNS,
  type InsightColumns,
  type StepPrediction,
  type StepRow,
} from '../../shared/episode';
import { copyPlans, emptyPlans, RECORD_HEADER_BYTES } from './plan-columns';

/**
 * Format of a chunk (docs/log.md). `data` is one block of little-endian float64, column after column: the six
 * fixed columns, the observations, the actions, the requested actions, `rows` numbers each. `predictions` is a
 * sequence of little-endian records, one a row that has one: int32 row in the chunk, int32 first step, int32
 * horizon, float32 mean [horizon, observations], float32 std [horizon, observations]. `insight` is one block of
 * little-endian float32, column after column, `rows` numbers each, NaN where nothing is known.
 */
export interface ChunkLayout {
  observations: number;
  actions: number;
}

export interface Chunk {
  rows: number;
  data: Uint8Array;
  predictions: Uint8Array | null;
  insight: Uint8Array | null;
}

/** Fixed columns, in the order of the block. */
const FIXED = ['hostSeconds', 'deviceSeconds', 'reward', 'latenessSeconds', 'planMs', 'missed'] as const;

const columnCount = (layout: ChunkLayout) => FIXED.length + layout.observations + 2 * layout.actions;

/** Length of the block of a chunk of `rows` rows. */
export function chunkBytes(rows: number, layout: ChunkLayout): number {
  return rows * columnCount(layout) * 8;
}

export function emptyColumns(rows: number, layout: ChunkLayout): EpisodeColumns {
  return {
    rows,
    hostSeconds: new Float64Array(rows),
    deviceSeconds: new Float64Array(rows),
    observations: new Float64Array(rows * layout.observations),
    actions: new Float64Array(rows * layout.actions),
    requested: new Float64Array(rows * layout.actions),
    reward: new Float64Array(rows),
    latenessSeconds: new Float64Array(rows),
    planMs: new Float64Array(rows),
    missed: new Float64Array(rows),
    predictions: new Array<StepPrediction | undefined>(rows).fill(undefined),
  };
}

function emptyInsight(rows: number): InsightColumns {
  const columns = INSIGHT_COLUMNS.map((name) => [name, new Float32Array(rows).fill(Number.NaN)]);
  return Object.fromEntries(columns) as InsightColumns;
}

export function columnsOfRows(rows: readonly StepRow[], layout: ChunkLayout): EpisodeColumns {
  const columns = emptyColumns(rows.length, layout);
  rows.forEach((row, i) => {
    for (const name of FIXED) columns[name][i] = row[name];
    columns.observations.set(row.observation, i * layout.observations);
    columns.actions.set(row.action, i * layout.actions);
    columns.requested.set(row.requested, i * layout.actions);
    columns.predictions[i] = row.prediction;
    const { insight } = row;
    if (insight === undefined) return;
    columns.insight ??= emptyInsight(rows.length);
    for (const name of INSIGHT_COLUMNS) columns.insight[name][i] = insight[name] ?? Number.NaN;
  });
  return columns;
}

/** Copies rows `from` to `to` (exclusive) of `columns` into others of the same layout, from row `at` on. */
export function copyRows(
  columns: EpisodeColumns,
  layout: ChunkLayout,
  { from, to }: { from: number; to: number },
  into: EpisodeColumns,
  at: number,
): void {
  for (const name of FIXED) into[name].set(columns[name].subarray(from, to), at);
  const targets = matrices(into, layout);
  for (const [i, [matrix, width]] of matrices(columns, layout).entries()) {
    targets[i]?.[0].set(matrix.subarray(from * width, to * width), at * width);
  }
  for (let row = from; row < to; row++) into.predictions[at + row - from] = columns.predictions[row];
  if (columns.plans !== undefined) {
    into.plans ??= emptyPlans(into.rows, layout.observations);
    copyPlans(columns.plans, layout.observations, { from, to }, into.plans, at);
  }
  if (columns.insight === undefined) return;
  into.insight ??= emptyInsight(into.rows);
  for (const name of INSIGHT_COLUMNS) into.insight[name].set(columns.insight[name].subarray(from, to), at);
}

/** Rows `from` to `to` (exclusive) of `columns` as a chunk. */
export function encodeChunk(columns: EpisodeColumns, layout: ChunkLayout, from: number, to: number): Chunk {
  const rows = to - from;
  const block = new Float64Array(rows * columnCount(layout));
  let at = 0;
  for (const name of FIXED) {
    block.set(columns[name].subarray(from, to), at);
    at += rows;
  }
  for (const [matrix, width] of matrices(columns, layout)) {
    for (let channel = 0; channel < width; channel++) {
      for (let row = 0; row < rows; row++) block[at++] = matrix[(from + row) * width + channel] ?? Number.NaN;
    }
  }
  return {
    rows,
    data: bytesOf(block),
    predictions: encodePredictions(columns.predictions.slice(from, to), layout.observations),
    insight: columns.insight ? encodeInsight(columns.insight, from, to) : null,
  };
}

/**
 * Decodes the rows of `chunk` into `columns`, from row `at` on.
 * @throws RangeError when the block's length does not fit its rows and channels
 */
export function decodeChunk(chunk: Chunk, layout: ChunkLayout, columns: EpisodeColumns, at: number): void {
  const { rows } = chunk;
  if (chunk.data.byteLength !== chunkBytes(rows, layout)) {
    throw new RangeError(`a block of ${chunk.data.byteLength} bytes does not hold ${rows} rows`);
  }
  const block = new Float64Array(copyOf(chunk.data));
  let from = 0;
  for (const name of FIXED) {
    columns[name].set(block.subarray(from, from + rows), at);
    from += rows;
  }
  for (const [matrix, width] of matrices(columns, layout)) {
    for (let channel = 0; channel < width; channel++, from += rows) {
      for (let row = 0; row < rows; row++) {
        matrix[(at + row) * width + channel] = block[from + row] ?? Number.NaN;
      }
    }
  }
  if (chunk.insight !== null) {
    columns.insight ??= emptyInsight(columns.rows);
    decodeInsight(chunk.insight, rows, columns.insight, at);
  }
  if (chunk.predictions === null) return;
  for (const [row, prediction] of decodePredictions(chunk.predictions, layout.observations)) {
    if (row >= rows) throw new RangeError(`a prediction for row ${row} of ${rows}`);
    columns.predictions[at + row] = prediction;
  }
}

function matrices(columns: EpisodeColumns, layout: ChunkLayout): [Float64Array, number][] {
  return [
    [columns.observations, layout.observations],
    [columns.actions, layout.actions],
    [columns.requested, layout.actions],
  ];
}

function encodePredictions(
  predictions: readonly (StepPrediction | undefined)[],
  observations: number,
): Uint8Array | null {
  let bytes = 0;
  for (const p of predictions) if (p !== undefined) bytes += RECORD_HEADER_BYTES + 8 * p.mean.length;
  if (bytes === 0) return null;
  const buffer = new ArrayBuffer(bytes);
  let at = 0;
  predictions.forEach((p, row) => {
    if (p === undefined) return;
    new Int32Array(buffer, at, 3).set([row, p.firstStep, p.mean.length / observations]);
    at += RECORD_HEADER_BYTES;
    new Float32Array(buffer, at, 2 * p.mean.length).set(p.mean);
    new Float32Array(buffer, at + 4 * p.mean.length, p.mean.length).set(p.std);
    at += 8 * p.mean.length;
  });
  return new Uint8Array(buffer);
}

function* decodePredictions(bytes: Uint8Array, observations: number): Generator<[number, StepPrediction]> {
  const buffer = copyOf(bytes);
  let at = 0;
  while (at < buffer.byteLength) {
    const [row = 0, firstStep = 0, horizon = 0] = new Int32Array(buffer, at, 3);
    const count = horizon * observations;
    if (horizon < 0) throw new RangeError(`a prediction over ${horizon} steps`);
    at += RECORD_HEADER_BYTES;
    const mean = new Float32Array(buffer.slice(at, at + 4 * count));
    const std = new Float32Array(buffer.slice(at + 4 * count, at + 8 * count));
    if (std.length !== count) throw new RangeError('a prediction that is cut off');
    yield [row, { firstStep, mean, std }];
    at += 8 * count;
  }
}

/** Null when there is nothing in these rows. */
function encodeInsight(insight: InsightColumns, from: number, to: number): Uint8Array | null {
  const rows = to - from;
  const block = new Float32Array(INSIGHT_COLUMNS.length * rows);
  for (const [i, name] of INSIGHT_COLUMNS.entries()) block.set(insight[name].subarray(from, to), i * rows);
  return block.every(Number.isNaN) ? null : new Uint8Array(block.buffer);
}

/** Columns that a later version adds at the end are passed over. */
function decodeInsight(bytes: Uint8Array, rows: number, insight: InsightColumns, at: number): void {
  if (bytes.byteLength % (4 * rows) !== 0 || bytes.byteLength < 4 * rows * INSIGHT_COLUMNS.length) {
    throw new RangeError(`an insight of ${bytes.byteLength} bytes does not hold ${rows} rows`);
  }
  const block = new Float32Array(copyOf(bytes));
  for (const [i, name] of INSIGHT_COLUMNS.entries()) {
    insight[name].set(block.subarray(i * rows, (i + 1) * rows), at);
  }
}

/** A copy, because SQLite's buffers may start at any byte and float64 views must not. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}

function bytesOf(block: Float64Array): Uint8Array {
  return new Uint8Array(block.buffer, block.byteOffset, block.byteLength);
}
