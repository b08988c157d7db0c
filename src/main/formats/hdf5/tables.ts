import type { Hdf5Group, Hdf5Node } from './messages';

/** A dataset whose rows are steps. */
export interface Table {
  /** As columns call it: "obs/state". */
  name: string;
  path: string;
  rows: number;
  /** Numbers in a row. */
  width: number;
}

/** A dataset whose rows are pictures. */
export interface PictureTable {
  name: string;
  path: string;
  rows: number;
  /** Of a row: how it lies there; of packed pictures, its bytes alone. */
  shape: number[];
}

/** An episode of a file, by where its numbers are. */
export interface FoundEpisode {
  /** "demo_3" */
  called: string;
  frames: number;
  /** Row of its first frame in its tables. */
  offset: number;
  tables: ReadonlyMap<string, Table>;
  pictures: ReadonlyMap<string, PictureTable>;
  /** Where the observation after the last frame is, by the name of the table that it follows. */
  after: ReadonlyMap<string, { path: string; row: number }>;
  /** Where it is said whether the episode ended in a state that ends it. */
  terminated: { path: string; row: number } | null;
}

/** A row of more numbers is no vector of channels. */
const MOST_WIDTH = 4096;

export interface FoundTables {
  tables: Table[];
  pictures: PictureTable[];
  /** What is there and not read, a sentence each. */
  remarks: string[];
}

/** Tables of numbers in a group, and in the groups in it; `name` of each begins with `prefix`. */
export function tablesIn(group: Hdf5Group, path: string, prefix = ''): FoundTables {
  const found: FoundTables = { tables: [], pictures: [], remarks: [] };
  for (const [key, node] of Object.entries(group.children)) {
    const inner = tableAt(node, `${path}/${key}`, `${prefix}${key}`);
    found.tables.push(...inner.tables);
    found.pictures.push(...inner.pictures);
    found.remarks.push(...inner.remarks);
  }
  return found;
}

function tableAt(node: Hdf5Node, path: string, name: string): FoundTables {
  const left = (why: string): FoundTables => ({
    ...{ tables: [], pictures: [] },
    remarks: [`"${name}" ${why}, and is not read.`],
  });
  if (node.kind === 'group') return tablesIn(node, path, `${name}/`);
  if (node.kind === 'link') return left(`is a link (to ${node.to})`);
  const [rows, ...rest] = node.shape;
  if (rows === undefined) return { tables: [], pictures: [], remarks: [] };
  const width = rest.reduce((all, length) => all * length, 1);
  if (node.refused !== null) return left(node.refused);
  if (node.holds === 'pictures')
    return { tables: [], pictures: [{ name, path, rows, shape: rest }], remarks: [] };
  if (node.holds !== 'numbers') return left('holds no numbers');
  if (width > MOST_WIDTH || width === 0) return left(`has ${width} numbers in a row`);
  return { tables: [{ name, path, rows, width }], pictures: [], remarks: [] };
}

/** A group in a group, undefined where there is none of this name. */
export function groupIn(group: Hdf5Group, name: string): Hdf5Group | undefined {
  const found = Object.hasOwn(group.children, name) ? group.children[name] : undefined;
  return found?.kind === 'group' ? found : undefined;
}

export const byName = <T extends { name: string }>(tables: readonly T[]) =>
  new Map(tables.map((table) => [table.name, table]));
