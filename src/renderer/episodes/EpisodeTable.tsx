import { Checkbox } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, useEffect, useMemo, useRef } from 'react';
import type { ListedEpisode } from '../../shared/episode-list';
import { useAnchor } from './anchor';
import { COLUMNS, type Column } from './columns';
import type { EpisodeList } from './list';
import { sortedBy } from './list-view';
import { isPicked, pickedCount } from './selection';
import { useTableKeys } from './table-keys';

const ROW_HEIGHT = 32;

const cellStyle = ({ width, wide }: Column) => ({ flex: `${wide ? 1 : 0} 0 ${width}px` });

/** The list of episodes; only the rows in view exist and are asked for, so a hundred thousand cost no more than thirty. */
export function EpisodeTable({ list, onShow }: { list: EpisodeList; onShow: (id: number) => void }) {
  const { page, total, selection, shown, sorting, listed } = list;
  // One rig for all of them needs no column.
  const columns = COLUMNS.filter(({ id }) => id !== 'rig' || list.severalRigs);
  const width = columns.reduce((sum, column) => sum + column.width, 0) + 34;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const { lookFrom } = list;
  useEffect(() => lookFrom(first), [lookFrom, first]);
  const stretch = useMemo(
    () => ({ offset: page.offset, ids: page.episodes.map(({ id }) => id) }),
    [page.offset, page.episodes],
  );
  useAnchor(scroller, stretch, listed, ROW_HEIGHT);
  const keys = useTableKeys(list, { stretch, onShow, reveal: (index) => virtual.scrollToIndex(index) });
  const picked = pickedCount(selection, total);

  const choose = (event: MouseEvent, id: number, index: number) => {
    if (event.shiftKey) return void list.pickRange(index);
    if (event.ctrlKey || event.metaKey) return list.toggle(id, index);
    list.begin(index);
    keys.at(id, index);
    onShow(id);
  };

  return (
    <section
      className="table-scroll"
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the list takes the arrow keys as a whole
      tabIndex={0}
      aria-label="Episodes"
      aria-description="Arrow keys go from one to the next, X picks, S stars, Delete deletes, Ctrl A picks all that match."
      onKeyDown={keys.onKeyDown}
      data-testid="episode-table"
    >
      <table style={{ minWidth: width }} aria-rowcount={total}>
        <thead>
          <tr className="table-head">
            <th className="cell cell-check">
              <Checkbox
                size="xs"
                checked={picked > 0 && picked === total}
                indeterminate={picked > 0 && picked < total}
                onChange={() => list.pickAll(picked < total)}
                aria-label="Pick all that match"
              />
            </th>
            {columns.map((column) => (
              <Head key={column.id} column={column} list={list} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const episode = page.episodes[index - page.offset];
            if (!episode) return null;
            const { id } = episode;
            return (
              <Row
                key={id}
                {...{ episode, index, start, columns, active: shown === id }}
                picked={isPicked(selection, id)}
                onClick={(event) => choose(event, id, index)}
                onPick={(event) => (event.shiftKey ? void list.pickRange(index) : list.toggle(id, index))}
              />
            );
          })}
        </tbody>
      </table>
      {total === 0 && !list.isLoading && <div className="empty">Nothing matches the filter.</div>}
    </section>
  );
}

function Head({
  column,
  list,
  sorting,
}: { column: Column } & { list: EpisodeList; sorting: EpisodeList['sorting'] }) {
  const { head, title, order, right } = column;
  const sorted = order === sorting.order ? (sorting.descending ? 'descending' : 'ascending') : undefined;
  return (
    <th className="cell" data-right={right} style={cellStyle(column)} aria-sort={sorted} title={title}>
      {order === undefined ? (
        <span className="cell-head">{head}</span>
      ) : (
        <button
          type="button"
          className="cell-head"
          aria-label={title}
          onClick={() => list.setSorting(sortedBy(sorting, order))}
          data-testid={`sort-${order}`}
        >
          {head}
          {sorted === undefined ? '' : sorted === 'descending' ? ' ↓' : ' ↑'}
        </button>
      )}
    </th>
  );
}

interface RowProps {
  episode: ListedEpisode;
  index: number;
  start: number;
  columns: readonly Column[];
  active: boolean;
  picked: boolean;
  onClick: (event: MouseEvent) => void;
  onPick: (event: MouseEvent) => void;
}

function Row({ episode, index, start, columns, active, picked, onClick, onPick }: RowProps) {
  const { id, deletedAt } = episode;
  const own = (event: MouseEvent) => event.stopPropagation();
  return (
    <tr
      aria-selected={active}
      aria-rowindex={index + 1}
      className="table-row"
      data-active={active}
      data-picked={picked}
      data-deleted={deletedAt !== null}
      style={{ transform: `translateY(${start}px)`, height: ROW_HEIGHT }}
      onClick={onClick}
      data-testid={`episode-${id}`}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: only keeps the click from choosing the row */}
      <td className="cell cell-check" onClick={own}>
        <Checkbox
          size="xs"
          checked={picked}
          onClick={onPick}
          onChange={() => {}}
          aria-label={`Pick episode ${id}`}
        />
      </td>
      {columns.map((column) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: only keeps the click on a control from choosing the row
        <td
          key={column.id}
          className="cell"
          data-right={column.right}
          style={cellStyle(column)}
          onClick={column.id === 'starred' || column.id === 'outcome' ? own : undefined}
        >
          {column.cell(episode, active)}
        </td>
      ))}
    </tr>
  );
}
