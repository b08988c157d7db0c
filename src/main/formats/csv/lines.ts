import type { EpisodeColumns, EpisodeSummary } from '../../../shared/episode';

const FIXED = [
  ['reward', 'reward'],
  ['lateness_seconds', 'latenessSeconds'],
  ['plan_ms', 'planMs'],
  ['missed', 'missed'],
] as const;

type Channels = Pick<EpisodeSummary, 'observations' | 'actions'>;

/** The names of the cells of `csvLines`, a line. @param before of the cells that come first */
export function csvHead({ observations, actions }: Channels, before: readonly string[]): string {
  const requested = actions.map(({ name }) => `requested_${name}`);
  const names = [...observations, ...actions].map(({ name }) => name);
  const all = [...before, 'step', 'host_seconds', 'device_seconds', ...names, ...requested];
  return `${[...all, ...FIXED.map(([name]) => name)].join(',')}\n`;
}

/**
 * Rows as comma-separated values, a line each: named as in docs/log.md, SI units, an empty cell for what is not known.
 * @param step of the first row
 * @param before the cells that come first in each line
 */
export function csvLines(
  columns: EpisodeColumns,
  { observations, actions }: Channels,
  step: number,
  before: readonly string[],
): string {
  let lines = '';
  for (let row = 0; row < columns.rows; row++) {
    const part = (matrix: Float64Array, width: number) =>
      Array.from(matrix.subarray(row * width, (row + 1) * width), cellOf);
    const cells = [
      ...before,
      String(step + row),
      cellOf(columns.hostSeconds[row]),
      cellOf(columns.deviceSeconds[row]),
      ...part(columns.observations, observations.length),
      ...part(columns.actions, actions.length),
      ...part(columns.requested, actions.length),
      ...FIXED.map(([, name]) => cellOf(columns[name][row])),
    ];
    lines += `${cells.join(',')}\n`;
  }
  return lines;
}

const cellOf = (value: number): string => (Number.isFinite(value) ? String(value) : '');
