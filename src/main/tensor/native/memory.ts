import { type Buffer, usesOf } from './instructions';
import { type Region, rowWindow } from './regions';
import type { RowAccess } from './rows';

/** Where a temporary tensor lies: whole in the arena, or one tile of rows of it in the local scratch. */
export type Home =
  | { space: 'arena'; offset: number }
  | {
      space: 'local';
      offset: number;
      /** Word of the tensor that a row of it begins with. */
      low: number;
      /** Words of a row. */
      words: number;
      /** Words from one row to the next, and from one word of a row to the next. */
      row: number;
      word: number;
    };

export interface Memory {
  homes: Map<Buffer, Home>;
  /** Rows of a tile, of every region. */
  tiles: number[];
  arenaWords: number;
  localWords: number;
}

/** 64 bytes: what begins there is loaded fastest. */
const ALIGNMENT = 16;
/** Words that a tile's rows may take: half of a usual second-level cache's 1 MB with what streams through it. */
const TILE_WORDS = 32_768;
const LEAST_TILE = 16;
const MOST_TILE = 512;
/** Rows of up to so many words lie column by column, so that what is done to a column is done to neighbours. */
const NARROW = 16;

interface Span {
  size: number;
  from: number;
  to: number;
}

/** Offsets for spans of time that are sorted by their beginnings; nothing alive together overlaps. */
function packed(spans: readonly Span[]): { offsets: number[]; words: number } {
  let alive: { offset: number; size: number; to: number }[] = [];
  let words = 0;
  const offsets = spans.map(({ size, from, to }) => {
    alive = alive.filter((one) => one.to >= from);
    let offset = 0;
    let place = 0;
    for (const one of alive) {
      if (one.offset - offset >= size) break;
      offset = Math.max(offset, Math.ceil((one.offset + one.size) / ALIGNMENT) * ALIGNMENT);
      place++;
    }
    alive.splice(place, 0, { offset, size, to });
    words = Math.max(words, offset + size);
    return offset;
  });
  return { offsets, words };
}

interface Life {
  buffer: Buffer;
  /** Of the first and last region that uses it, and within them. */
  regions: [number, number];
  items: [number, number];
  accesses: { use: RowAccess; sizes: readonly number[] }[];
}

/** Temporary tensors in the order in which they are first used. */
function livesOf(regions: readonly Region[]): Life[] {
  const lives = new Map<Buffer, Life>();
  regions.forEach(({ items }, region) => {
    items.forEach(({ one, form }, item) => {
      const own = one.kind === 'map' ? undefined : usesOf(one).map((use) => use.own);
      form.uses.forEach((use, i) => {
        const { buffer } = use.access;
        if (buffer.kind !== 'temporary') return;
        const sizes = [...form.inner, ...(own?.[i] ?? [])];
        const known = lives.get(buffer);
        const life = known ?? { buffer, regions: [region, region], items: [item, item], accesses: [] };
        life.regions[1] = region;
        life.items[1] = item;
        life.accesses.push({ use, sizes });
        lives.set(buffer, life);
      });
    });
  });
  return [...lives.values()];
}

function tileOf(rows: number, words: number): number {
  if (words === 0) return Math.min(rows, MOST_TILE);
  const fitting = Math.min(MOST_TILE, Math.max(LEAST_TILE, Math.floor(TILE_WORDS / words)));
  const tiles = Math.ceil(rows / fitting);
  return Math.min(rows, Math.ceil(rows / tiles / LEAST_TILE) * LEAST_TILE);
}

/**
 * Finds a place for every temporary tensor: what lives and dies in one region, row by row, as one tile of rows that is
 * used again and again; everything else whole.
 */
export function planMemory(regions: readonly Region[]): Memory {
  const homes: Memory['homes'] = new Map();
  const lives = livesOf(regions);
  const windows = new Map<Life, { low: number; words: number }>();
  const whole: Life[] = [];
  for (const life of lives) {
    const region = regions[life.regions[0]] as Region;
    const tiled = life.regions[0] === life.regions[1] && region.batches * region.rows > 1;
    const window = tiled ? rowWindow(life.accesses, region) : undefined;
    if (window) windows.set(life, window);
    else whole.push(life);
  }
  const arena = packed(whole.map(({ buffer, regions: [from, to] }) => ({ size: buffer.words, from, to })));
  whole.forEach(({ buffer }, i) => {
    homes.set(buffer, { space: 'arena', offset: arena.offsets[i] ?? 0 });
  });
  let localWords = 0;
  const tiles = regions.map(({ rows }, index) => {
    const mine = lives.filter((life) => life.regions[0] === index && windows.has(life));
    const wordsOf = (life: Life) => windows.get(life)?.words ?? 0;
    const inRows = (tile: number) =>
      packed(mine.map((life) => ({ size: wordsOf(life) * tile, from: life.items[0], to: life.items[1] })));
    const tile = tileOf(rows, Math.ceil(inRows(ALIGNMENT).words / ALIGNMENT));
    const { offsets, words } = inRows(tile);
    localWords = Math.max(localWords, words);
    mine.forEach((life, i) => {
      const { low, words } = windows.get(life) as { low: number; words: number };
      const steps = words <= NARROW ? { row: 1, word: tile } : { row: words, word: 1 };
      homes.set(life.buffer, { space: 'local', offset: offsets[i] ?? 0, low, words, ...steps });
    });
    return tile;
  });
  return { homes, tiles, arenaWords: arena.words, localWords };
}
