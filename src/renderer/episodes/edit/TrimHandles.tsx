import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { groupDigits } from '../../ui/format';
import { type Handle, handleRange, type KeptPart, stepsOfKey, withHandle } from './kept-part';

const NAMES: Record<Handle, string> = { from: 'First step to keep', to: 'Last step to keep' };

/** The two ends of what is kept, on the time line: dragged, or moved by the arrow keys. What is cut away is dark. */
export function TrimHandles({
  kept,
  lastRow,
  onMove,
}: {
  kept: KeptPart;
  lastRow: number;
  /** @param handle the one that was moved */
  onMove: (kept: KeptPart, handle: Handle) => void;
}) {
  const share = (row: number) => `${(100 * row) / Math.max(1, lastRow)}%`;
  return (
    <>
      <div className="trim-cut" style={{ left: 0, width: share(kept.from) }} />
      <div className="trim-cut" style={{ left: share(kept.to), right: 0 }} />
      {(['from', 'to'] as const).map((handle) => (
        <TrimHandle
          key={handle}
          {...{ handle, kept, lastRow }}
          left={share(kept[handle])}
          onMove={(row) => onMove(withHandle(kept, handle, row, lastRow), handle)}
        />
      ))}
    </>
  );
}

function TrimHandle({
  handle,
  kept,
  lastRow,
  left,
  onMove,
}: {
  handle: Handle;
  kept: KeptPart;
  lastRow: number;
  left: string;
  onMove: (row: number) => void;
}) {
  const own = useRef<HTMLDivElement>(null);
  const { min, max } = handleRange(kept, handle, lastRow);
  const at = kept[handle];
  const drag = (event: PointerEvent) => {
    const box = own.current?.parentElement?.getBoundingClientRect();
    if (box) onMove((lastRow * (event.clientX - box.left)) / Math.max(1, box.width));
  };
  const onKey = (event: KeyboardEvent) => {
    const by = stepsOfKey(event.key, event.shiftKey);
    if (by === undefined) return;
    event.preventDefault();
    // The time line beneath moves by the same keys.
    event.stopPropagation();
    onMove(at + by);
  };
  return (
    <div
      ref={own}
      className="trim-handle"
      data-handle={handle}
      style={{ left }}
      role="slider"
      tabIndex={0}
      aria-label={NAMES[handle]}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-valuenow={at}
      title={`${NAMES[handle]}: ${groupDigits(at)}`}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        event.currentTarget.focus();
      }}
      onPointerMove={(event) => {
        event.stopPropagation();
        if (event.buttons === 1) drag(event);
      }}
      onKeyDown={onKey}
      data-testid={`trim-handle-${handle}`}
    />
  );
}
