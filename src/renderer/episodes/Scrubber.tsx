import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';
import type { EpisodeWindow } from '../../shared/episode-window';
import { eventTone } from '../ui/EventList';
import { groupDigits, spaced } from '../ui/format';
import { seamRows } from './edit/kept-part';

/** The time line of an episode: drag or arrow keys move along it; events, missed plans and seams stand on it. */
export function Scrubber({
  whole: { summary, events, missed, bucket },
  row,
  shown,
  onScrub,
  children,
}: {
  whole: EpisodeWindow;
  row: number;
  /** Rows that the plots show, where it is not all of them. */
  shown: { from: number; to: number } | null;
  onScrub: (row: number) => void;
  /** What stands on it and is moved by itself. */
  children?: ReactNode;
}) {
  const track = useRef<HTMLDivElement>(null);
  const last = Math.max(1, summary.steps);
  const share = (step: number) => `${(100 * Math.min(step, last)) / last}%`;
  const toRow = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    if (!box) return;
    const at = (event.clientX - box.left) / Math.max(1, box.width);
    onScrub(Math.round(Math.min(1, Math.max(0, at)) * last));
  };
  const onKey = (event: KeyboardEvent) => {
    const arrow = event.shiftKey ? 10 : 1;
    const by: Record<string, number> = {
      ArrowLeft: -arrow,
      ArrowRight: arrow,
      PageDown: 25,
      PageUp: -25,
      Home: -last,
      End: last,
    };
    const move = by[event.key];
    if (move === undefined) return;
    event.preventDefault();
    onScrub(Math.min(last, Math.max(0, row + move)));
  };
  return (
    <div className="scrubber-box">
      <div
        ref={track}
        className="scrubber"
        role="slider"
        tabIndex={0}
        aria-label="Step"
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={row}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          toRow(event);
        }}
        onPointerMove={(event) => event.buttons === 1 && toRow(event)}
        onKeyDown={onKey}
        data-testid="scrubber"
      >
        <div className="scrubber-track" />
        {seamRows(summary).map((seam) => (
          <div
            key={seam}
            className="scrubber-seam"
            style={{ left: share(seam) }}
            title={`Seam: another recording begins at step ${groupDigits(seam)}`}
            data-testid="scrubber-seam"
          />
        ))}
        <div className="scrubber-done" style={{ width: share(row) }} />
        {shown && (
          <div
            className="scrubber-shown"
            style={{ left: share(shown.from), width: `${(100 * (shown.to - shown.from)) / last}%` }}
            data-testid="scrubber-shown"
          />
        )}
        {missed.map((value, i) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: a bucket is its place
          value > 0 ? <div key={i} className="scrubber-miss" style={{ left: share(i * bucket) }} /> : null,
        )}
        {events.map((event, i) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: events of an episode never change their order
            key={i}
            className="scrubber-event"
            data-tone={eventTone(event.kind)}
            style={{ left: share(event.step) }}
            // To its own step, not to that of the pixel that was hit.
            onPointerDown={(pointer) => {
              pointer.stopPropagation();
              onScrub(event.step);
            }}
            data-testid="scrubber-event"
            title={`Step ${event.step}: ${spaced(event.kind)}. ${event.message}`}
          />
        ))}
        <div className="scrubber-thumb" style={{ left: share(row) }} />
      </div>
      {children}
    </div>
  );
}
