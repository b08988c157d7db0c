import { basename } from 'node:path';
import { plainWords } from '../../shared/channel-name';
import { ForesightError } from '../../shared/errors';
import { type DatasetInput, type DatasetLook, SHOWN_ROWS } from '../../shared/import-dataset';
import { plainName } from '../../shared/plain-name';
import { siUnit } from '../formats/csv';
import { type DatasetImportOptions, type DatasetPlan, planImport } from '../formats/import-plan';
import type { Dataset, DatasetHead, DatasetRows } from '../formats/types';

/** What a data set would become, with the first rows of its first episode. @throws bad-data with the place of the fault */
export async function lookAtDataset(dataset: Dataset, file: string): Promise<DatasetLook> {
  const { head } = dataset;
  const plan = tentative(head, file);
  const shown = plan === null ? null : await firstRows(dataset, plan);
  const taken = [
    ...(plan?.observations ?? []).map((one, i) => ({ ...one, role: 'observation' as const, i })),
    ...(plan?.actions ?? []).map((one, i) => ({ ...one, role: 'action' as const, i })),
  ];
  return {
    ...{ format: head.format, rig: plan?.rig ?? nameOf(file), episodes: head.episodes, rows: head.rows },
    rate: head.periodSeconds === null ? null : 1 / head.periodSeconds,
    columns: head.columns.map(({ column, name, unit, angle, role }) => {
      const one = taken.find((other) => other.column === column);
      return {
        ...{ column, unit: unit ?? '', angle },
        ...{ role: one?.role ?? role, name: one?.channel.name ?? plainWords(name) },
        first: one === undefined || shown === null ? [] : seriesOf(shown, one, plan),
      };
    }),
    cameras: head.cameras.map(({ name, width, height }) => ({ name, width, height })),
    remarks: plan?.remarks ?? head.remarks,
  };
}

/** As it would be imported if nobody said anything; null where the file leaves open which columns are meant. */
function tentative(head: DatasetHead, file: string): DatasetPlan | null {
  const known = head.rig !== null && plainName.safeParse(head.rig).success;
  try {
    return planImport(
      { ...head, periodSeconds: head.periodSeconds ?? 1 },
      { file, ...(!known && { rig: nameOf(file) }) },
    );
  } catch (thrown) {
    if (thrown instanceof ForesightError && thrown.code === 'wrong-use') return null;
    throw thrown;
  }
}

const nameOf = (file: string) =>
  plainWords(basename(file).replace(/\.[a-z0-9]+$/i, ''), '-').slice(0, 80) || 'imported';

async function firstRows(
  dataset: Dataset,
  { observations, actions }: DatasetPlan,
): Promise<DatasetRows | null> {
  const columns = {
    observations: observations.map(({ column }) => column),
    actions: actions.map(({ column }) => column),
  };
  for await (const part of dataset.read(columns)) if (part.kind === 'rows') return part.rows;
  return null;
}

function seriesOf(
  rows: DatasetRows,
  { role, i }: { role: 'observation' | 'action'; i: number },
  plan: DatasetPlan | null,
): (number | null)[] {
  const [values, width] =
    role === 'observation'
      ? [rows.observations, plan?.observations.length ?? 1]
      : [rows.actions, plan?.actions.length ?? 1];
  return Array.from({ length: Math.min(SHOWN_ROWS, rows.rows) }, (_, row) => {
    const value = values[row * width + i];
    return value !== undefined && Number.isFinite(value) ? value : null;
  });
}

/** What whoever imports says, as the reader takes it. */
export function datasetOptions(file: string, { rig, channels }: DatasetInput): DatasetImportOptions {
  const columns = (list: NonNullable<DatasetInput['channels']>['actions']) =>
    list.map(({ column, name, unit, angle }) => ({ column, name, ...siUnit(unit), angle }));
  return {
    ...{ file, rig },
    ...(channels && { observations: columns(channels.observations), actions: columns(channels.actions) }),
  };
}
