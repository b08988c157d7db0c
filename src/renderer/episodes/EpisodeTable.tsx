import { Badge, Checkbox } from '@mantine/core';
import {
  type ColumnDef,
  columnSizingFeature,
  columnVisibilityFeature,
  createSortedRowModel,
  flexRender,
  rowSortingFeature,
  type SortingState,
  sortFns,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useRef, useState } from 'react';
import type { ListedEpisode } from '../../shared/episode-list';
import { EpisodeBadges } from '../ui/EpisodeBadges';
import { flagsOf } from '../ui/episode-flags';
import { formatNumber, formatTime, formatWhen, groupDigits } from '../ui/format';

const ROW_HEIGHT = 32;

const FEATURES = tableFeatures({
  ...{ rowSortingFeature, columnVisibilityFeature, columnSizingFeature },
  ...{ sortedRowModel: createSortedRowModel(), sortFns },
});

const COLUMNS: ColumnDef<typeof FEATURES, ListedEpisode>[] = [
  { id: 'id', header: '#', accessorKey: 'id', size: 50, cell: (c) => c.row.original.id },
  {
    id: 'startedAt',
    header: 'Recorded',
    accessorKey: 'startedAt',
    size: 88,
    cell: (c) => (
      <span title={formatTime(c.row.original.startedAt)}>
        {formatWhen(c.row.original.startedAt, Date.now())}
      </span>
    ),
  },
  { id: 'rig', header: 'Rig', accessorKey: 'rig', size: 126 },
  { id: 'source', header: 'Source', accessorKey: 'source', size: 62 },
  {
    id: 'steps',
    header: 'Steps',
    accessorKey: 'steps',
    size: 66,
    meta: { right: true },
    cell: (c) => groupDigits(c.row.original.steps),
  },
  {
    id: 'return',
    header: 'Return',
    accessorFn: (e) => e.return ?? Number.NEGATIVE_INFINITY,
    size: 64,
    meta: { right: true },
    cell: (c) => formatNumber(c.row.original.return, 4),
  },
  {
    id: 'flags',
    header: 'Notes',
    accessorFn: (e) => flagsOf(e).length,
    size: 130,
    cell: (c) => (
      <span className="badges">
        <EpisodeBadges episode={c.row.original} compact />
        {c.row.original.tags.map((tag) => (
          <Badge key={tag} size="xs" variant="outline" color="gray" tt="none">
            {tag}
          </Badge>
        ))}
      </span>
    ),
  },
];

const isRight = (meta: unknown) => typeof meta === 'object' && meta !== null && 'right' in meta;

/** The list of episodes; only the rows in view exist, so ten thousand cost no more than thirty. */
export function EpisodeTable({
  rows,
  shown,
  picked,
  onShow,
  onPick,
}: {
  rows: ListedEpisode[];
  shown: number | null;
  picked: ReadonlySet<number>;
  onShow: (id: number) => void;
  onPick: (ids: ReadonlySet<number>) => void;
}) {
  // One rig for all of them needs no column.
  const oneRig = rows.every((e) => e.rig === rows[0]?.rig);
  const [sorting, setSorting] = useState<SortingState>([]);
  const table = useTable({
    features: FEATURES,
    data: rows,
    columns: COLUMNS,
    state: { sorting, columnVisibility: { rig: !oneRig } },
    onSortingChange: setSorting,
  });
  const sorted = table.getRowModel().rows;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const width = table.getTotalSize() + 34;

  const toggle = (id: number, on: boolean) => {
    const next = new Set(picked);
    if (on) next.add(id);
    else next.delete(id);
    onPick(next);
  };
  const move = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = sorted.findIndex((row) => row.original.id === shown);
    const next = sorted[Math.min(sorted.length - 1, Math.max(0, at + by))];
    if (!next) return;
    onShow(next.original.id);
    virtual.scrollToIndex(next.index);
  };
  const allPicked = rows.length > 0 && rows.every((r) => picked.has(r.id));

  return (
    <section
      className="table-scroll"
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the list takes the arrow keys as a whole
      tabIndex={0}
      aria-label="Episodes"
      onKeyDown={move}
      data-testid="episode-table"
    >
      <table style={{ minWidth: width }} aria-rowcount={sorted.length}>
        <thead>
          <tr className="table-head">
            <th className="cell cell-check">
              <Checkbox
                size="xs"
                checked={allPicked}
                indeterminate={!allPicked && picked.size > 0}
                onChange={() => onPick(allPicked ? new Set() : new Set(rows.map((r) => r.id)))}
                aria-label="Pick all"
              />
            </th>
            {table.getHeaderGroups()[0]?.headers.map((header) => (
              <th
                key={header.id}
                className="cell"
                data-right={isRight(header.column.columnDef.meta)}
                style={{ flex: `${header.id === 'flags' ? 1 : 0} 0 ${header.getSize()}px` }}
              >
                <button type="button" className="cell-head" onClick={header.column.getToggleSortingHandler()}>
                  {flexRender(header.column.columnDef.header, header.getContext())}
                  {{ asc: ' ↑', desc: ' ↓' }[header.column.getIsSorted() as string] ?? ''}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = sorted[item.index];
            if (!row) return null;
            const { id, deletedAt } = row.original;
            return (
              <tr
                key={row.id}
                aria-selected={shown === id}
                aria-rowindex={item.index + 1}
                className="table-row"
                data-active={shown === id}
                data-deleted={deletedAt !== null}
                style={{ transform: `translateY(${item.start}px)`, height: ROW_HEIGHT }}
                onClick={() => onShow(id)}
                data-testid={`episode-${id}`}
              >
                {/* biome-ignore lint/a11y/useKeyWithClickEvents: only keeps the click from choosing the row */}
                <td className="cell cell-check" onClick={(e) => e.stopPropagation()}>
                  <Checkbox
                    size="xs"
                    checked={picked.has(id)}
                    onChange={(e) => toggle(id, e.currentTarget.checked)}
                    aria-label={`Pick episode ${id}`}
                  />
                </td>
                {row.getVisibleCells().map((cell) => (
                  <td
                    key={cell.id}
                    className="cell"
                    data-right={isRight(cell.column.columnDef.meta)}
                    style={{ flex: `${cell.column.id === 'flags' ? 1 : 0} 0 ${cell.column.getSize()}px` }}
                  >
                    {flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {sorted.length === 0 && <div className="empty">Nothing matches the filter.</div>}
    </section>
  );
}
