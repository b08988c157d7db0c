import type { ChannelInfo } from '../../../shared/episode';
import type { TableColumn } from '../parquet/table-writer';

/** Layout of a LeRobotDataset v3.0. Source: lerobot, src/lerobot/datasets (utils.py, feature_utils.py, io_utils.py). */
export const CODEBASE_VERSION = 'v3.0';
export const CHUNK_FILES = 1000;
export const DATA_FILE_MB = 100;

export interface Feature {
  dtype: 'float32' | 'float64' | 'int64' | 'bool';
  shape: number[];
  names: string[] | null;
}

/** What a camera saw; its frames lie in video files. */
export interface VideoFeature {
  dtype: 'video';
  shape: [height: number, width: number, colours: 3];
  names: ['height', 'width', 'channels'];
  info: Record<string, unknown>;
}

/** What a camera is called there. */
export const videoKey = (camera: string) => `observation.images.${camera}`;

const TYPES = { float32: 'float', float64: 'double', int64: 'int64', bool: 'boolean' } as const;

const scalar = (dtype: Feature['dtype']): Feature => ({ dtype, shape: [1], names: null });

/** Of a frame, in the order in which they are written, rewards only where there are any; those of "foresight." are what LeRobot has no word for. */
export function featuresOf(
  observations: readonly ChannelInfo[],
  actions: readonly ChannelInfo[],
  rewards: boolean,
): Features {
  const vector = (channels: readonly ChannelInfo[]): Feature => ({
    ...{ dtype: 'float32', shape: [channels.length] },
    names: channels.map(({ name }) => name),
  });
  return {
    'observation.state': vector(observations),
    action: vector(actions),
    'foresight.requested_action': vector(actions),
    'foresight.host_seconds': scalar('float64'),
    'foresight.device_seconds': scalar('float64'),
    ...(rewards && { 'next.reward': scalar('float32') }),
    'next.done': scalar('bool'),
    timestamp: scalar('float32'),
    frame_index: scalar('int64'),
    episode_index: scalar('int64'),
    index: scalar('int64'),
    task_index: scalar('int64'),
  };
}
export type Features = Record<string, Feature>;

/** A vector of one element is a plain number there. */
export function tableColumns(features: Features): TableColumn[] {
  return Object.entries(features).map(([name, { dtype, shape }]) => ({
    ...{ name, type: TYPES[dtype], sorted: name === 'index' || name === 'episode_index' },
    ...((shape[0] ?? 1) > 1 && { width: shape[0] }),
  }));
}

const three = (n: number) => String(n).padStart(3, '0');
/** "chunk-000/file-012.parquet" */
export const chunkFile = (chunk: number, file: number, kind = 'parquet') =>
  `chunk-${three(chunk)}/file-${three(file)}.${kind}`;
