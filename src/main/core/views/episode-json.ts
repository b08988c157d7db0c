import { type EpisodeColumns, type EpisodeSummary, INSIGHT_COLUMNS } from '../../../shared/episode';
import type { Log } from '../../log/types';
import { channelOf, oneStepAhead, type Range, readAround } from './series';

/** Rows that are read and written at once. */
const PIECE_ROWS = 4096;
/** Of the columns that come later in the document, so many bytes are kept on a way through the rows. */
const HELD_BYTES = 32 * 2 ** 20;

/** Some rows, and what is said about them. */
interface Piece {
  columns: EpisodeColumns;
  range: Range;
  ahead: { mean: Float64Array[]; std: Float64Array[] };
}

/** One array of the document. */
interface Leaf {
  of(piece: Piece): Float64Array;
}

/**
 * A whole episode as one JSON document, a part of its text at a time: the arrays of `EpisodeRows` with `summary` before them and
 * `events` behind. An array is a column and the log is read by rows, so it goes through the episode as often as
 * the columns that it holds on to meanwhile need: memory stays the same however long it is.
 */
export async function* episodeJson(log: Log, id: number): AsyncGenerator<string, void, void> {
  const summary = await log.episode(id);
  yield `{\n"summary": ${JSON.stringify(summary)},\n"origin": ${JSON.stringify(await log.origin(id))}`;
  const cameras = await log.cameras(id);
  if (cameras.length > 0) yield `,\n"cameras": ${JSON.stringify(cameras)}`;
  const channels = (name: 'observations' | 'actions') =>
    summary[name].map(
      (_, i): Leaf => ({
        of: ({ columns, range }) => channelOf(columns[name], summary[name].length, i, range),
      }),
    );
  const ahead = (part: 'mean' | 'std') =>
    summary.observations.map((_, i): Leaf => ({ of: (piece) => piece.ahead[part][i] ?? new Float64Array() }));
  const column = (name: 'hostSeconds' | 'reward' | 'planMs' | 'missed'): Leaf => ({
    of: ({ columns, range }) => columns[name].subarray(range.from, range.to),
  });
  const latenessMs: Leaf = {
    of: ({ columns, range }) => columns.latenessSeconds.subarray(range.from, range.to).map((s) => s * 1000),
  };
  const writer = new ColumnWriter(log, summary);
  yield* writer.fields([
    ['seconds', column('hostSeconds')],
    ['observations', channels('observations')],
    ['actions', channels('actions')],
    ['reward', column('reward')],
    ['latenessMs', latenessMs],
    ['planMs', column('planMs')],
    ['missed', column('missed')],
    ['predicted', ahead('mean')],
    ['predictedStd', ahead('std')],
  ]);
  if (writer.planned) yield* plansJson(writer);
  yield `,\n"events": ${JSON.stringify(await log.events(id))}\n}\n`;
}

async function* plansJson(writer: ColumnWriter): AsyncGenerator<string, void, void> {
  yield ',\n"insight": {\n';
  const unknown = (rows: number) => new Float64Array(rows).fill(Number.NaN);
  const insight = INSIGHT_COLUMNS.map((name): [string, Leaf] => [
    name,
    {
      of: ({ columns, range }) =>
        Float64Array.from((columns.insight?.[name] ?? unknown(columns.rows)).subarray(range.from, range.to)),
    },
  ]);
  yield* writer.fields(insight, '');
  yield '\n},\n"plans": [';
  let comma = '';
  for await (const { columns, range } of writer.pieces()) {
    const { firstStep, horizon } = columns.plans ?? {
      firstStep: unknown(columns.rows),
      horizon: unknown(columns.rows),
    };
    const parts: string[] = [];
    for (let row = range.from; row < range.to; row++) {
      const ahead = (horizon[row] ?? 0) - 1;
      parts.push(Number.isNaN(ahead) ? 'null' : `{"firstStep":${firstStep[row]},"horizon":${ahead}}`);
    }
    if (parts.length > 0) yield comma + parts.join(',');
    comma = ',';
  }
  yield ']';
}

class ColumnWriter {
  /** Whether a row was planned, of those that were read. */
  planned = false;
  /** Columns that were read on an earlier way, by leaf. */
  readonly #held = new Map<Leaf, Float64Array>();

  constructor(
    private readonly log: Pick<Log, 'columns'>,
    private readonly summary: EpisodeSummary,
  ) {}

  get #rows(): number {
    return this.summary.steps + 1;
  }

  /** All rows, a piece at a time; the next one is read while the one before is worked on. */
  async *pieces(): AsyncGenerator<Piece, void, void> {
    const read = async (from: number): Promise<Piece> => {
      const to = Math.min(this.#rows, from + PIECE_ROWS);
      const { columns, range } = await readAround(this.log, this.summary, { from, to });
      if (columns.insight !== undefined) this.planned = true;
      return { columns, range, ahead: oneStepAhead(columns, this.summary, range) };
    };
    let next = read(0);
    for (let from = 0; from < this.#rows; from += PIECE_ROWS) {
      const piece = await next;
      if (from + PIECE_ROWS < this.#rows) {
        next = read(from + PIECE_ROWS);
        // Whoever reads no further hears of no failure.
        next.catch(() => {});
      }
      yield piece;
    }
  }

  /** `"name": [ … ]` for each, and `[[ … ], [ … ]]` where there are several of a name. */
  async *fields(
    fields: readonly (readonly [string, Leaf | Leaf[]])[],
    before = ',\n',
  ): AsyncGenerator<string, void, void> {
    const leaves = fields.flatMap(([, leaf]) => leaf);
    let separator = before;
    for (const [name, leaf] of fields) {
      yield `${separator}${JSON.stringify(name)}: `;
      separator = ',\n';
      if (!Array.isArray(leaf)) yield* this.#array(leaf, leaves);
      else {
        yield '[';
        for (const [i, each] of leaf.entries()) {
          if (i > 0) yield ',\n';
          yield* this.#array(each, leaves);
        }
        yield ']';
      }
    }
  }

  async *#array(leaf: Leaf, leaves: readonly Leaf[]): AsyncGenerator<string, void, void> {
    yield '[';
    const held = this.#held.get(leaf);
    this.#held.delete(leaf);
    if (held !== undefined) {
      for (let at = 0; at < held.length; at += PIECE_ROWS) {
        yield (at > 0 ? ',' : '') + numbersJson(held.subarray(at, at + PIECE_ROWS));
      }
    } else yield* this.#read(leaf, leaves);
    yield ']';
  }

  /** Goes through the rows for one column, and holds on to as many of the next as there is room for. */
  async *#read(leaf: Leaf, leaves: readonly Leaf[]): AsyncGenerator<string, void, void> {
    const room = Math.floor(HELD_BYTES / (8 * this.#rows));
    const after = leaves.indexOf(leaf) + 1;
    const along = leaves
      .slice(after, after + room)
      .map((each) => [each, new Float64Array(this.#rows)] as const);
    let at = 0;
    for await (const piece of this.pieces()) {
      const values = leaf.of(piece);
      for (const [each, into] of along) into.set(each.of(piece), at);
      if (values.length > 0) yield (at > 0 ? ',' : '') + numbersJson(values);
      at += values.length;
    }
    for (const [each, values] of along) this.#held.set(each, values.subarray(0, at));
  }
}

function numbersJson(values: Float64Array): string {
  const parts = new Array<string>(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    parts[i] = Number.isFinite(value) ? String(value) : 'null';
  }
  return parts.join(',');
}
