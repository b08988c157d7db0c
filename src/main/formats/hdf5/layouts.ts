import { badFile } from '../faults';
import type { DatasetColumn } from '../types';
import type { Hdf5Group, Hdf5Tree } from './messages';
import { byName, type FoundEpisode, type FoundTables, groupIn, type Table, tablesIn } from './tables';

/** What is known of a file by its layout. */
export interface FoundLayout {
  title: 'robomimic' | 'Minari' | 'D4RL';
  episodes: FoundEpisode[];
  /** All episodes lie in the tables of the one that is found, and where they end stands in these (D4RL). */
  ends: string[] | null;
  role(table: string): DatasetColumn['role'];
  /** Where the reward of each frame is, and what the layout has beside the steps. */
  reward: string;
  besides: string;
  rig: string | null;
  periodSeconds: number | null;
  remarks: string[];
}

/**
 * Which of the three layouts a file has.
 * @throws ForesightError bad-data: none of them, or one without what it must have
 */
export function layoutOf({ root, texts }: Hdf5Tree, file: string): FoundLayout {
  const data = groupIn(root, 'data');
  if (data !== undefined && numbered(data, 'demo_').length > 0) {
    return { ...robomimic(data, file), ...environment(texts['/data@env_args']) };
  }
  if (numbered(root, 'episode_').length > 0) return minari(root, file);
  if ('observations' in root.children && 'actions' in root.children) return d4rl(root, file);
  const there = Object.keys(root.children).slice(0, 20).join(', ') || 'nothing';
  throw badFile(
    file,
    '',
    `is an HDF5 file with ${there} in it, and none of the layouts that are read: robomimic (data/demo_0), Minari (episode_0), D4RL (observations, actions)`,
    'Bring it to one of them. Nothing was imported.',
  );
}

/** Groups called `prefix` and a number, in the order of the numbers. */
function numbered(group: Hdf5Group, prefix: string): { called: string; group: Hdf5Group }[] {
  return Object.keys(group.children)
    .filter((key) => key.startsWith(prefix) && /^\d+$/.test(key.slice(prefix.length)))
    .sort((a, b) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length)))
    .flatMap((called) => {
      const found = groupIn(group, called);
      return found === undefined ? [] : [{ called, group: found }];
    });
}

const NO_PLACE = { rig: null, periodSeconds: null };

function robomimic(data: Hdf5Group, file: string): FoundLayout {
  let remarks: string[] = [];
  const episodes = numbered(data, 'demo_').map(({ called, group }, i): FoundEpisode => {
    const found = tablesIn(group, `/data/${called}`);
    if (i === 0) remarks = found.remarks;
    const tables = byName(found.tables);
    const frames = framesOf(tables, 'actions', file, called, found);
    const after = [...tables].flatMap(([name]) => {
      const next = name.startsWith('obs/') ? tables.get(`next_${name}`) : undefined;
      return next === undefined || next.rows < frames
        ? []
        : [[name, { path: next.path, row: frames - 1 }] as const];
    });
    return {
      called,
      frames,
      offset: 0,
      tables,
      pictures: byName(found.pictures),
      after: new Map(after),
      terminated: endAt(tables, 'dones', frames),
    };
  });
  return {
    ...{
      title: 'robomimic',
      episodes,
      ends: null,
      reward: 'rewards',
      besides: 'foresight',
      remarks,
      ...NO_PLACE,
    },
    role: (table) => (table.startsWith('obs/') ? 'observation' : table === 'actions' ? 'action' : null),
  };
}

function minari(root: Hdf5Group, file: string): FoundLayout {
  let remarks: string[] = [];
  const episodes = numbered(root, 'episode_').map(({ called, group }, i): FoundEpisode => {
    const found = tablesIn(group, `/${called}`);
    if (i === 0) remarks = found.remarks;
    const tables = byName(found.tables);
    const frames = framesOf(tables, 'rewards', file, called, found);
    const after = [...tables]
      .filter(([name, { rows }]) => name.startsWith('observations') && rows > frames)
      .map(([name, { path }]) => [name, { path, row: frames }] as const);
    return {
      ...{ called, frames, offset: 0, tables, pictures: byName(found.pictures), after: new Map(after) },
      terminated: endAt(tables, 'terminations', frames),
    };
  });
  return {
    ...{ title: 'Minari', episodes, ends: null, reward: 'rewards', besides: 'infos', remarks, ...NO_PLACE },
    role: (table) => {
      if (/^observations(\/|$)/.test(table)) return 'observation';
      return /^actions(\/|$)/.test(table) ? 'action' : null;
    },
  };
}

function d4rl(root: Hdf5Group, file: string): FoundLayout {
  const found = tablesIn(root, '');
  const tables = byName(found.tables);
  const frames = framesOf(tables, 'actions', file, 'its root', found);
  const ends = ['terminals', 'timeouts'].filter((name) => tables.get(name)?.rows === frames);
  const whole = {
    ...{ called: 'the file', frames, offset: 0, tables, pictures: byName(found.pictures) },
    ...{ after: new Map(), terminated: null },
  };
  return {
    ...{ title: 'D4RL', episodes: [whole], ends, reward: 'rewards', besides: 'infos', ...NO_PLACE },
    remarks: [
      ...found.remarks,
      ...(ends.includes('timeouts')
        ? []
        : ['It has no "timeouts": an episode that was cut off after a time goes on with the next one.']),
    ],
    role: (table) => (table === 'observations' ? 'observation' : table === 'actions' ? 'action' : null),
  };
}

/** An episode in the tables of a D4RL file. @param terminal whether its last frame ends in a state that ends it */
export function pieceOf(whole: FoundEpisode, number: number, from: number, to: number): FoundEpisode {
  const next = whole.tables.get('next_observations');
  const terminals = whole.tables.get('terminals');
  return {
    ...{ called: `episode ${number}`, frames: to - from, offset: from, tables: whole.tables },
    pictures: whole.pictures,
    after: new Map(next === undefined ? [] : [['observations', { path: next.path, row: to - 1 }]]),
    terminated: terminals === undefined ? null : { path: terminals.path, row: to - 1 },
  };
}

/** As many frames as this table has rows. */
function framesOf(
  tables: ReadonlyMap<string, Table>,
  name: string,
  file: string,
  called: string,
  { remarks }: FoundTables,
): number {
  const rows = tables.get(name)?.rows;
  if (rows !== undefined && rows > 0) return rows;
  const why = remarks.find((remark) => remark.startsWith(`"${name}" `));
  const what = rows === 0 ? `has no frames: "${name}" is empty` : `has no "${name}" that can be read`;
  throw badFile(file, called, why === undefined ? what : `${what}: ${why.replace(/\.$/, '')}`);
}

function endAt(tables: ReadonlyMap<string, Table>, name: string, frames: number): FoundEpisode['terminated'] {
  const table = tables.get(name);
  return table === undefined || table.width !== 1 || table.rows < frames
    ? null
    : { path: table.path, row: frames - 1 };
}

/** Which environment robomimic's description names, and how often a second it was controlled. */
function environment(text: string | undefined): Pick<FoundLayout, 'rig' | 'periodSeconds'> {
  let described: unknown;
  try {
    described = JSON.parse(text ?? '');
  } catch {
    // Nothing more is known of it.
  }
  const { env_name, env_kwargs } = (described ?? {}) as { env_name?: unknown; env_kwargs?: unknown };
  const { control_freq } = (env_kwargs ?? {}) as { control_freq?: unknown };
  const rate = typeof control_freq === 'number' && control_freq > 0 ? control_freq : null;
  return { rig: typeof env_name === 'string' ? env_name : null, periodSeconds: rate && 1 / rate };
}
