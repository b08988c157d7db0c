import { useEffect, useRef, useState } from 'react';
import type { EpisodeWindow } from '../../shared/episode-window';
import { rowAt, secondOf } from './rows';

/** Times the speed at which it was recorded. */
export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10] as const;

/** Plays rows `from` to `to` of an episode at `speed` times the speed it was recorded at; ends at their end. */
export function usePlayback(
  whole: EpisodeWindow,
  row: number,
  setRow: (row: number) => void,
  speed: number,
  { from: first, to: last }: { from: number; to: number },
): [boolean, (on: boolean) => void] {
  const [playing, setPlaying] = useState(false);
  const start = useRef(row);
  start.current = row;
  useEffect(() => {
    if (!playing) return;
    const from = start.current >= last || start.current < first ? first : start.current;
    const begin = secondOf(whole, from);
    const began = performance.now();
    let frame = 0;
    const tick = () => {
      const next = Math.min(
        last,
        Math.max(from, rowAt(whole, begin + (speed * (performance.now() - began)) / 1000)),
      );
      setRow(next);
      if (next >= last) setPlaying(false);
      else frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [playing, whole, setRow, speed, first, last]);
  return [playing, setPlaying];
}
