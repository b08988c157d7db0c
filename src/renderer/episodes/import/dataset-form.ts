import type { DatasetInput, DatasetLook } from '../../../shared/import-dataset';
import { formatNumber } from '../../ui/format';
import { numberProblem } from '../../ui/number-problem';
import {
  type ColumnForm,
  columnsProblem,
  identifier,
  mayBeAngle,
  RANGES,
  type Role,
  rigNameProblem,
} from './import-form';

/** What a column of a data set can be taken for: its rows are steps, and it says where episodes begin. */
export const DATASET_ROLES: readonly Role[] = ['observation', 'action', 'left out'];

export interface DatasetForm {
  rig: string;
  /** NaN where the file says it. */
  rate: number;
  columns: ColumnForm[];
}

/** What a data set looks like, to be corrected by whoever knows. */
export const datasetForm = ({ rig, columns }: DatasetLook): DatasetForm => ({
  ...{ rig, rate: Number.NaN },
  columns: columns.map(({ column, role, name, unit, angle }) => ({
    ...{ column, role: role ?? 'left out', name: identifier(name || column), unit, angle },
  })),
});

/** Why it cannot be imported as it is, as a sentence; null when it can be tried. */
export function datasetProblem({ rig, rate, columns }: DatasetForm, look: DatasetLook): string | null {
  const unnamed = rigNameProblem(rig);
  if (unnamed) return unnamed;
  if (look.rate === null && numberProblem(rate, RANGES.rate)) {
    return 'Say how many rows a second there are: the file does not.';
  }
  return columnsProblem(columns);
}

/** The form as the core takes it. Columns that nobody has changed are the file's own, with the limits that it knows. */
export function datasetInput(upload: string, form: DatasetForm, look: DatasetLook): DatasetInput {
  const { rig, rate, columns } = form;
  const isChanged = JSON.stringify(columns) !== JSON.stringify(datasetForm(look).columns);
  const channels = (role: Role) =>
    columns
      .filter((column) => column.role === role)
      .map((column) => ({
        ...{ column: column.column, name: column.name, unit: column.unit.trim() || '1' },
        angle: column.angle && mayBeAngle(column),
      }));
  return {
    ...{ upload, rig },
    ...(look.rate === null && { rate }),
    ...(isChanged && {
      channels: { observations: channels('observation'), actions: channels('action') },
    }),
  };
}

/** The first samples of each column, as a table of texts has them: [row][column]. */
export function firstSamples({ columns }: DatasetLook, rows: number): string[][] {
  return Array.from({ length: rows }, (_, row) =>
    columns.map(({ first }) => (first[row] === undefined ? '' : formatNumber(first[row], 3))),
  );
}
