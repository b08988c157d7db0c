import { Checkbox, NativeSelect, Table, TextInput } from '@mantine/core';
import type { ImportHead } from '../../../shared/import';
import { Curve } from './Curve';
import { type ColumnForm, isChannel, mayBeAngle, ROLES, type Role, withRole } from './import-form';

/** Samples of a column that are shown beside it. */
const SHOWN = 3;

/** With the widths of those that always hold the same, px. */
const TITLES = [
  ['Column', undefined],
  ['First samples', undefined],
  ['Taken as', 146],
  ['Channel', 160],
  ['Unit', 84],
  ['Angle', 60],
] as const;

/** What each column of a file is taken for, with its first samples. */
export function ImportColumns({
  head,
  columns,
  roles = ROLES,
  curves,
  onChange,
}: {
  head: Pick<ImportHead, 'rows'>;
  columns: ColumnForm[];
  /** What a column can be taken for. */
  roles?: readonly Role[];
  /** Of each column the first rows, to be drawn; nothing of one that is left out. */
  curves?: readonly (readonly (number | null)[])[];
  onChange: (columns: ColumnForm[]) => void;
}) {
  const change = (at: number, parts: Partial<ColumnForm>) =>
    onChange(columns.map((column, i) => (i === at ? { ...column, ...parts } : column)));
  return (
    <Table.ScrollContainer minWidth={640} maxHeight="40vh">
      <Table stickyHeader layout="fixed" verticalSpacing={3} fz="xs">
        <Table.Thead>
          <Table.Tr>
            {TITLES.map(([title, width]) => (
              <Table.Th key={title} w={width}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {columns.map((form, i) => {
            const { column, role } = form;
            const channel = isChannel(form);
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a heading may stand twice; columns keep their places
              <Table.Tr key={i} data-testid={`import-column-${column}`}>
                <Table.Td fw={500} className="import-cut" title={column}>
                  {column}
                </Table.Td>
                <Table.Td c="dimmed" className="tabular import-cut" title={samples(head, i)}>
                  {curves ? <Curve values={curves[i] ?? []} /> : samples(head, i)}
                </Table.Td>
                <Table.Td>
                  <NativeSelect
                    aria-label={`${column} is taken as`}
                    data={[...roles]}
                    value={role}
                    onChange={(e) => onChange(withRole(columns, i, e.currentTarget.value as Role))}
                  />
                </Table.Td>
                <Table.Td>
                  <TextInput
                    aria-label={`Channel of ${column}`}
                    disabled={!channel}
                    value={form.name}
                    onChange={(e) => change(i, { name: e.currentTarget.value })}
                  />
                </Table.Td>
                <Table.Td>
                  <TextInput
                    aria-label={`Unit of ${column}`}
                    placeholder="1"
                    disabled={!channel}
                    value={form.unit}
                    onChange={(e) => change(i, { unit: e.currentTarget.value })}
                  />
                </Table.Td>
                <Table.Td>
                  <Checkbox
                    size="xs"
                    aria-label={`${column} is an angle that wraps`}
                    disabled={!mayBeAngle(form)}
                    checked={form.angle && mayBeAngle(form)}
                    onChange={(e) => change(i, { angle: e.currentTarget.checked })}
                  />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const samples = ({ rows }: Pick<ImportHead, 'rows'>, column: number) =>
  rows
    .slice(0, SHOWN)
    .map((row) => row[column])
    .join('  ');
