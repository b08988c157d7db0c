import type { EpisodeFlag } from '../../../shared/flags';

/** Where on the time line something may be wrong: a stroke below it from the first step to the last. */
export function FlagMarks({ flags, lastRow }: { flags: readonly EpisodeFlag[]; lastRow: number }) {
  const last = Math.max(1, lastRow);
  return flags.map((flag) => (
    <div
      key={`${flag.kind} ${flag.channel} ${flag.from}`}
      className="flag-mark"
      style={{ left: `${(100 * flag.from) / last}%`, width: `${(100 * (flag.to - flag.from)) / last}%` }}
      title={flag.message}
      data-testid="flag-mark"
    />
  ));
}
