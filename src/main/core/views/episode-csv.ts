import type { Log } from '../../log/types';

/** Rows that are read and written at once. */
const PIECE_ROWS = 4096;
const FIXED = [
  ['reward', 'reward'],
  ['lateness_seconds', 'latenessSeconds'],
  ['plan_ms', 'planMs'],
  ['missed', 'missed'],
] as const;

/**
 * A whole episode as comma-separated values, some lines at a time: a row a line, named as in docs/log.md, SI units, an empty
 * cell for what is not known.
 */
export async function* episodeCsv(log: Log, id: number): AsyncGenerator<string, void, void> {
  const { observations, actions, steps } = await log.episode(id);
  const names = [...observations, ...actions].map(({ name }) => name);
  const requested = actions.map(({ name }) => `requested_${name}`);
  const head = [
    'step',
    'host_seconds',
    'device_seconds',
    ...names,
    ...requested,
    ...FIXED.map(([name]) => name),
  ];
  yield `${head.join(',')}\n`;
  for (let from = 0; from <= steps; from += PIECE_ROWS) {
    const columns = await log.columns(id, { from, to: Math.min(steps + 1, from + PIECE_ROWS) });
    const lines: string[] = [];
    for (let row = 0; row < columns.rows; row++) {
      const part = (matrix: Float64Array, width: number) =>
        Array.from(matrix.subarray(row * width, (row + 1) * width), cellOf);
      const cells = [
        String(from + row),
        cellOf(columns.hostSeconds[row]),
        cellOf(columns.deviceSeconds[row]),
        ...part(columns.observations, observations.length),
        ...part(columns.actions, actions.length),
        ...part(columns.requested, actions.length),
        ...FIXED.map(([, name]) => cellOf(columns[name][row])),
      ];
      lines.push(cells.join(','));
    }
    yield `${lines.join('\n')}\n`;
  }
}

const cellOf = (value: number): string => (Number.isFinite(value) ? String(value) : '');
