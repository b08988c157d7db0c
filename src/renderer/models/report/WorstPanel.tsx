import { Text } from '@mantine/core';
import type { WorstSegment } from '../../../shared/model';
import { useUi } from '../../store/ui-state';
import { formatCount, formatNumber } from '../../ui/format';
import { Panel } from '../../ui/Panel';

/** Stretches that the model predicts worst, a click from the episode. */
export function WorstPanel({ segments }: { segments: WorstSegment[] }) {
  return (
    <Panel title="Worst stretches" testId="worst-segments">
      {segments.length === 0 && (
        <Text size="sm" c="dimmed">
          No episode was long enough to compare stretches.
        </Text>
      )}
      <div className="list">
        {segments.map((segment) => (
          <button
            key={`${segment.episode}/${segment.row}`}
            type="button"
            className="list-entry"
            onClick={() =>
              useUi.setState({ room: 'episodes', episode: segment.episode, episodeRow: segment.row })
            }
            data-testid={`worst-${segment.episode}-${segment.row}`}
          >
            <span className="row">
              <span className="list-title">
                Episode {segment.episode}, row {segment.row}
              </span>
              <span className="tabular">{formatNumber(100 * segment.error, 2)} % of spread</span>
            </span>
            <span className="list-note">
              {formatCount(segment.steps, 'step')}, mostly {segment.channel}
            </span>
          </button>
        ))}
      </div>
    </Panel>
  );
}
