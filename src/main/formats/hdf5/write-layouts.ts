import type { EpisodeSummary } from '../../../shared/episode';
import { BESIDES_STEPS } from '../frames';
import type { SharedCamera } from '../types';
import type { Hdf5Piece } from './messages';
import { afterTable, BESIDES, capturedTable, REQUESTED } from './note';

/** What a table of an episode holds. */
export type Holds =
  | 'observations'
  | 'next'
  | 'actions'
  | 'requested'
  | 'reward'
  | 'terminal'
  | 'timeout'
  | (typeof BESIDES_STEPS)[number];

export interface WrittenTable {
  path: string;
  holds: Holds;
  /** Numbers in a row of vectors; undefined where a row is one number. */
  width?: number;
  /** Has the row after the last frame as well. */
  withLast?: boolean;
}

export interface WrittenPictures {
  path: string;
  camera: SharedCamera;
  withLast?: boolean;
  /** Where it is said when they were captured. */
  captured: string;
  /** Where the picture of the row after the last frame goes, where the other table has no such row. */
  after?: string;
}

/** Where an episode goes: groups, attributes, tables, and the row of its first frame in them. */
export interface EpisodePlaces {
  /** Written before the tables. */
  before: Hdf5Piece[];
  tables: WrittenTable[];
  pictures: WrittenPictures[];
  offset: number;
}

/** One of the layouts that HDF5 files of steps are in, as far as writing one goes. */
export interface WriteLayout {
  /** What comes before all episodes. */
  begin(episodes: readonly EpisodeSummary[]): Hdf5Piece[];
  places(
    episode: EpisodeSummary,
    number: number,
    before: number,
    cameras: readonly SharedCamera[],
  ): EpisodePlaces;
  /** Rows of the tables: of one episode, or of all where they share them. */
  rows(episode: EpisodeSummary, total: number): number;
  /** Whether tables are made with each episode, or once. */
  sharesTables: boolean;
}

const wide = (list: readonly unknown[]) => list.length;

function besides(folder: string, { actions }: EpisodeSummary, withLast: boolean): WrittenTable[] {
  return [
    ...BESIDES_STEPS.map((holds) => ({ path: `${folder}/${BESIDES[holds]}`, holds, withLast })),
    { path: `${folder}/${REQUESTED}`, holds: 'requested', width: wide(actions), withLast },
  ];
}

const groups = (...paths: string[]): Hdf5Piece[] => paths.map((path) => ({ kind: 'group', path }));
const count = (path: string, name: string, value: number): Hdf5Piece => ({
  kind: 'count',
  path,
  name,
  count: value,
});

/** What robomimic takes an environment for that it did not make: one of Gym. */
const GYM = 2;

export const ROBOMIMIC: WriteLayout = {
  sharesTables: false,
  rows: ({ steps }) => steps,
  begin(episodes) {
    const environment = { env_name: episodes[0]?.rig ?? '', env_type: GYM, env_kwargs: {} };
    return [
      ...groups('/data'),
      count(
        '/data',
        'total',
        episodes.reduce((sum, { steps }) => sum + steps, 0),
      ),
      { kind: 'text', path: '/data', name: 'env_args', text: JSON.stringify(environment) },
    ];
  },
  places(episode, number, _before, cameras) {
    const base = `/data/demo_${number}`;
    const { observations, actions, steps } = episode;
    return {
      offset: 0,
      before: [
        ...groups(base, `${base}/obs`, `${base}/next_obs`, `${base}/foresight`),
        count(base, 'num_samples', steps),
      ],
      tables: [
        { path: `${base}/obs/state`, holds: 'observations', width: wide(observations) },
        { path: `${base}/next_obs/state`, holds: 'next', width: wide(observations) },
        { path: `${base}/actions`, holds: 'actions', width: wide(actions) },
        { path: `${base}/rewards`, holds: 'reward' },
        { path: `${base}/dones`, holds: 'terminal' },
        ...besides(`${base}/foresight`, episode, false),
      ],
      pictures: cameras.map((camera) => ({
        ...{ path: `${base}/obs/${camera.name}_image`, camera },
        captured: `${base}/${capturedTable(camera.name)}`,
        after: `${base}/${afterTable(camera.name)}`,
      })),
    };
  },
};

export const MINARI: WriteLayout = {
  sharesTables: false,
  rows: ({ steps }) => steps,
  begin: () => [],
  places(episode, number, _before, cameras) {
    const base = `/episode_${number}`;
    const { observations, actions, steps } = episode;
    const isOne = cameras.length === 0;
    const state = isOne ? `${base}/observations` : `${base}/observations/state`;
    return {
      offset: 0,
      before: [
        ...groups(base, `${base}/infos`, ...(isOne ? [] : [`${base}/observations`, `${base}/foresight`])),
        ...[count(base, 'id', number), count(base, 'total_steps', steps)],
      ],
      tables: [
        { path: state, holds: 'observations', width: wide(observations), withLast: true },
        { path: `${base}/actions`, holds: 'actions', width: wide(actions) },
        { path: `${base}/rewards`, holds: 'reward' },
        { path: `${base}/terminations`, holds: 'terminal' },
        { path: `${base}/truncations`, holds: 'timeout' },
        ...besides(`${base}/infos`, episode, true),
      ],
      pictures: cameras.map((camera) => ({
        ...{ path: `${base}/observations/${camera.name}_image`, camera, withLast: true },
        captured: `${base}/${capturedTable(camera.name)}`,
      })),
    };
  },
};

export const D4RL: WriteLayout = {
  sharesTables: true,
  rows: (_episode, total) => total,
  begin: () => groups('/infos'),
  places(episode, _number, before) {
    const { observations, actions } = episode;
    return {
      ...{ offset: before, before: [], pictures: [] },
      tables: [
        { path: '/observations', holds: 'observations', width: wide(observations) },
        { path: '/next_observations', holds: 'next', width: wide(observations) },
        { path: '/actions', holds: 'actions', width: wide(actions) },
        { path: '/rewards', holds: 'reward' },
        { path: '/terminals', holds: 'terminal' },
        { path: '/timeouts', holds: 'timeout' },
        ...besides('/infos', episode, false),
      ],
    };
  },
};
