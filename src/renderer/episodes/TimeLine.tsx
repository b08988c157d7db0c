import { ActionIcon, NativeSelect, Text, Tooltip } from '@mantine/core';
import { IconMaximize, IconPlayerPause, IconPlayerPlay, IconZoomIn, IconZoomOut } from '@tabler/icons-react';
import { useState } from 'react';
import type { EpisodeWindow } from '../../shared/episode-window';
import { groupDigits } from '../ui/format';
import { NoteButton } from '../ui/NoteButton';
import type { Look } from './look';
import { SPEEDS, usePlayback } from './playback';
import { rowAt } from './rows';
import { Scrubber } from './Scrubber';

/** Plays an episode, moves along it, and chooses how much of its time the plots show. */
export function TimeLine({ whole, look }: { whole: EpisodeWindow; look: Look }) {
  const { row, second, setRow, isPart, span } = look;
  const [speed, setSpeed] = useState(1);
  const [playing, setPlaying] = usePlayback(whole, row, setRow, speed);
  return (
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
      />
      <ZoomButtons {...look} />
      <NoteButton episode={whole.summary.id} second={second} where={`step ${groupDigits(row)}`} />
      <Text size="xs" className="tabular scrub-time" data-testid="scrub-step">
        step {groupDigits(row)} · {second.toFixed(2)} s
      </Text>
    </div>
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
