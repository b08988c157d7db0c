import type { Coverage } from './survey';

/** A channel as far as it spans a box. */
export interface BoxSide {
  name: string;
  unit: string;
  range: readonly [number, number];
}

/** Cells of a box along each side, while it is being filled: few enough that an episode of a minute can fill them. */
const CELLS = 24;

/** How often two channels were where together, counted as rows come. */
export class Occupancy {
  readonly #counts = new Array<number>(CELLS ** 2).fill(0);
  #visited = 0;
  #rows = 0;

  constructor(private readonly sides: readonly [BoxSide, BoxSide]) {}

  /** A row outside of the box, or one without numbers, is in none of its cells. */
  add(x: number, y: number): void {
    const [column, row] = [cell(x, this.sides[0].range), cell(y, this.sides[1].range)];
    if (column < 0 || row < 0) return;
    const at = column * CELLS + row;
    const before = this.#counts[at] ?? 0;
    if (before === 0) this.#visited += 1;
    this.#counts[at] = before + 1;
    this.#rows += 1;
  }

  get rows(): number {
    return this.#rows;
  }

  get coverage(): Coverage {
    const [one, other] = this.sides;
    return {
      channels: [one.name, other.name],
      units: [one.unit, other.unit],
      from: [one.range[0], other.range[0]],
      to: [one.range[1], other.range[1]],
      bins: CELLS,
      counts: [...this.#counts],
      visited: this.#visited / CELLS ** 2,
    };
  }
}

function cell(value: number, [low, high]: readonly [number, number]): number {
  if (!(value >= low && value <= high) || !(high > low)) return -1;
  return Math.min(CELLS - 1, Math.floor(((value - low) / (high - low)) * CELLS));
}

/** The share of the cells that were visited, as a sentence. */
export const occupancyWords = ({ visited }: Pick<Coverage, 'visited'>): string =>
  `${visited > 0 && visited < 0.01 ? 'Less than 1' : Math.round(100 * visited)} % of the cells of the box that the limits span.`;

/** Parts of a side that a suggestion speaks of. */
const THIRDS = ['low', 'middling', 'high'] as const;
/** What is visited so far needs no suggestion. */
const WELL_VISITED = 0.6;

/** Which ninth of the box was visited least, with where it is, as a sentence; null where all of it was visited well. */
export function missingWords({ channels, units, from, to, bins, counts }: Coverage): string | null {
  let least: { share: number; x: number; y: number } | null = null;
  for (let x = 0; x < 3; x++) {
    for (let y = 0; y < 3; y++) {
      let [cells, visited] = [0, 0];
      for (let i = edge(x, bins); i < edge(x + 1, bins); i++) {
        for (let j = edge(y, bins); j < edge(y + 1, bins); j++) {
          cells += 1;
          if ((counts[i * bins + j] ?? 0) > 0) visited += 1;
        }
      }
      const share = visited / Math.max(1, cells);
      if (least === null || share < least.share) least = { share, x, y };
    }
  }
  if (least === null || least.share >= WELL_VISITED) return null;
  const where = (i: 0 | 1, third: number) => {
    const at = (part: number) => show(from[i] + ((to[i] - from[i]) * part) / 3);
    return `${THIRDS[third]} ${channels[i]} (${at(third)} to ${at(third + 1)}${units[i] === '1' ? '' : ` ${units[i]}`})`;
  };
  return `Missing most: ${where(0, least.x)} with ${where(1, least.y)}, ${Math.round(100 * least.share)} % of it. Begin episodes there, or drive there by hand.`;
}

const edge = (third: number, bins: number) => Math.round((third * bins) / 3);
const show = (value: number) => Number(value.toPrecision(3)).toString();
