import type { RetentionRule, WorkspaceSize } from '../../../shared/workspace';
import { formatCount, formatNumber } from '../../ui/format';

/** "3.2 MB", "1.5 GB": as the command line counts, in thousands. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${formatNumber(bytes / 1e3, 3)} kB`;
  return bytes < 1e9 ? `${formatNumber(bytes / 1e6, 3)} MB` : `${formatNumber(bytes / 1e9, 3)} GB`;
}

/** What takes it, the parts that there are. */
export function sizeRows(size: WorkspaceSize): readonly (readonly [string, number])[] {
  return (
    [
      [`Log, ${formatCount(size.episodes, 'episode')}`, size.logBytes],
      [`of these deleted (${size.deletedEpisodes})`, size.deletedBytes],
      ['not used by the log', size.unusedBytes],
      ['Models, policies, checkpoints', size.modelBytes],
      ['Exports', size.exportBytes],
      ['Other files', size.otherBytes],
    ] as const
  ).filter(([, bytes], i) => i === 0 || bytes > 0);
}

/** "Kept are episodes of the last 90 days; whatever is tagged keep." */
export function ruleWords({ keepDays, mostBytes, keepTags }: RetentionRule): string {
  const parts = [
    ...(keepDays === undefined ? [] : [`episodes of the last ${formatNumber(keepDays, 3)} days`]),
    ...(mostBytes === undefined ? [] : [`at most ${formatBytes(mostBytes)}, the newest first`]),
    ...(keepTags.length === 0 ? [] : [`whatever is tagged ${keepTags.join(' or ')}`]),
  ];
  return `Kept are ${parts.join('; ')}.`;
}
