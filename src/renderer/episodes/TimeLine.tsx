import { ActionIcon, NativeSelect, Text, Tooltip } from '@mantine/core';
import { IconMaximize, IconPlayerPause, IconPlayerPlay, IconZoomIn, IconZoomOut } from '@tabler/icons-react';
import { useState } from 'react';
import type { EpisodeWindow } from '../../shared/episode-window';
import type { EpisodeFlag } from '../../shared/flags';
import { groupDigits } from '../ui/format';
import { NoteButton } from '../ui/NoteButton';
import { EditButtons } from './edit/EditButtons';
import { TrimBar } from './edit/TrimBar';
import { TrimHandles } from './edit/TrimHandles';
import type { Trim } from './edit/use-trim';
import { FlagMarks } from './flags/FlagMarks';
import type { Look } from './look';
import { SPEEDS, usePlayback } from './playback';
import { rowAt } from './rows';
import { Scrubber } from './Scrubber';

/** Plays an episode, moves along it, chooses how much of its time the plots show, and cuts it. */
export function TimeLine({
  whole,
  look,
  trim,
  flags,
}: {
  whole: EpisodeWindow;
  look: Look;
  trim: Trim;
  flags: readonly EpisodeFlag[];
}) {
  const { row, second, setRow, isPart, span } = look;
  const { summary } = whole;
  const { kept } = trim;
  const [speed, setSpeed] = useState(1);
  const [playing, setPlaying] = usePlayback(
    whole,
    row,
    setRow,
    speed,
    kept ?? { from: 0, to: summary.steps },
  );
  const move: Trim['move'] = (next, handle) => {
    setPlaying(false);
    trim.move(next, handle);
  };
  return (
    <>
      <div className="scrub-row">
        <ActionIcon
          variant="default"
          onClick={() => setPlaying(!playing)}
          aria-label={playing ? 'Pause' : 'Play'}
          data-testid="play"
        >
          {playing ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
        </ActionIcon>
        <NativeSelect
          className="scrub-speed"
          size="xs"
          aria-label="Speed"
          value={String(speed)}
          onChange={(event) => setSpeed(Number(event.currentTarget.value))}
          data={SPEEDS.map((times) => ({ value: String(times), label: `${times}×` }))}
          data-testid="speed"
        />
        <Scrubber
          whole={whole}
          row={row}
          shown={isPart ? { from: rowAt(whole, span.from), to: rowAt(whole, span.to) } : null}
          onScrub={(next) => {
            setPlaying(false);
            setRow(next);
          }}
        >
          <FlagMarks flags={flags} lastRow={summary.steps} />
          {kept && <TrimHandles kept={kept} lastRow={summary.steps} onMove={move} />}
        </Scrubber>
        <ZoomButtons {...look} />
        <EditButtons
          summary={summary}
          row={row}
          trimming={kept !== null}
          onTrim={kept ? trim.end : trim.begin}
        />
        <NoteButton episode={whole.summary.id} second={second} where={`step ${groupDigits(row)}`} />
        <Text size="xs" className="tabular scrub-time" data-testid="scrub-step">
          step {groupDigits(row)} · {second.toFixed(2)} s
        </Text>
      </div>
      {kept && <TrimBar whole={whole} kept={kept} onMove={move} onClose={trim.end} />}
    </>
  );
}

/** How much of the time plots show, without a wheel. */
export function ZoomButtons({ isPart, zoom, showAll }: Pick<Look, 'isPart' | 'zoom' | 'showAll'>) {
  const zooms = [
    { label: 'Zoom in', testId: 'zoom-in', Icon: IconZoomIn, act: () => zoom(0.5), on: true },
    { label: 'Zoom out', testId: 'zoom-out', Icon: IconZoomOut, act: () => zoom(2), on: isPart },
    { label: 'Whole episode', testId: 'zoom-whole', Icon: IconMaximize, act: showAll, on: isPart },
  ];
  return (
    <>
      {zooms.map(({ label, testId, Icon, act, on }) => (
        <Tooltip key={testId} label={label}>
          <ActionIcon variant="default" aria-label={label} disabled={!on} onClick={act} data-testid={testId}>
            <Icon size={16} />
          </ActionIcon>
        </Tooltip>
      ))}
    </>
  );
}
