import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import type { EpisodeWindow } from '../../../shared/episode-window';
import { formatCount, formatDuration, groupDigits } from '../../ui/format';
import { NumberField } from '../../ui/NumberField';
import { numberProblem } from '../../ui/number-problem';
import { takeFocus } from '../../ui/take-focus';
import { secondOf } from '../rows';
import { trimEpisode } from './edits';
import { type Handle, type KeptPart, typedRange, withHandle } from './kept-part';

/** What of an episode is to be kept, in numbers; what lies outside is cut away when it is said to be. */
export function TrimBar({
  whole,
  kept,
  onMove,
  onClose,
}: {
  whole: EpisodeWindow;
  kept: KeptPart;
  onMove: (kept: KeptPart, handle: Handle) => void;
  onClose: () => void;
}) {
  const { steps } = whole.summary;
  const [saving, setSaving] = useState(false);
  const isWhole = kept.from === 0 && kept.to === steps;
  const seconds = secondOf(whole, kept.to) - secondOf(whole, kept.from);
  const save = async () => {
    setSaving(true);
    if (await trimEpisode(whole.summary, kept)) onClose();
    setSaving(false);
  };
  return (
    <form
      className="trim-bar"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWhole && !saving) void save();
      }}
      data-testid="trim-bar"
    >
      {(['from', 'to'] as const).map((handle) => (
        <StepField
          key={handle}
          {...{ handle, kept, steps }}
          onMove={(row) => onMove(withHandle(kept, handle, row, steps), handle)}
        />
      ))}
      <Text size="xs" className="tabular trim-words" data-testid="trim-words">
        {isWhole
          ? 'Drag the two handles on the time line, or type steps.'
          : `${formatCount(kept.to - kept.from, 'step')} of ${groupDigits(steps)} remain, ${formatDuration(seconds)}.`}
      </Text>
      <Button variant="default" onClick={onClose} data-testid="trim-cancel">
        Cancel
      </Button>
      <Button type="submit" disabled={isWhole} loading={saving} data-testid="trim-keep">
        Keep this part
      </Button>
    </form>
  );
}

const LABELS: Record<Handle, string> = { from: 'Keep from step', to: 'to step' };

/** A number that is being typed may not fit yet; the handle moves when it does. */
function StepField({
  handle,
  kept,
  steps,
  onMove,
}: {
  handle: Handle;
  kept: KeptPart;
  steps: number;
  onMove: (row: number) => void;
}) {
  const range = typedRange(kept, handle, steps);
  const [typed, setTyped] = useState<number | null>(null);
  const value = typed ?? kept[handle];
  return (
    <NumberField
      className="trim-step"
      size="xs"
      label={LABELS[handle]}
      hideControls
      value={value}
      range={range}
      onChange={(next) => {
        const fits = numberProblem(next, range) === null;
        setTyped(fits ? null : next);
        if (fits) onMove(next);
      }}
      onBlur={() => setTyped(null)}
      {...(handle === 'from' && { ref: takeFocus })}
      data-testid={`trim-${handle}`}
    />
  );
}
