import { Button, CloseButton, Text } from '@mantine/core';
import { type EndedRun, putAway, useLive } from '../live/live';
import { useEpisode, useEpisodeTotals } from '../store/episode-lists';
import { useRig } from '../store/queries';
import { useUi } from '../store/ui-state';
import { groupDigits } from '../ui/format';
import { Stat } from '../ui/Panel';
import { Kept } from './Kept';
import { resultOf } from './result';

/** What the run that ended came to, while the room stands still with what was last seen of it. */
export function ResultCard({ ran }: { ran: EndedRun }) {
  const last = useEpisode(ran.episode);
  const run = last.data?.run ?? null;
  const own = useEpisodeTotals({ run: run ?? 0, deleted: 'too' }, run !== null);
  const task = useRig(ran.rig).data?.file.task;
  const learning = useLive((s) => s.learning);
  const result = resultOf(ran, last.data, run === null ? undefined : own.data, task);
  return (
    <section className="result-card" data-testid="result" data-cut={result?.cut ?? false}>
      <div className="row">
        <Text size="sm" fw={600}>
          {result?.cut ? 'The run was cut off' : 'The run is over'}
        </Text>
        <CloseButton
          size="sm"
          onClick={putAway}
          aria-label="Put the result away and show the rig as it is now"
          title="Show the rig as it is now"
          data-testid="result-close"
        />
      </div>
      {result ? (
        <>
          <Text size="xs" data-testid="result-ending">
            {result.ending}
          </Text>
          <div className="stats">
            <Stat name="Return" value={result.return} testId="result-return" />
            <Stat name={`Steps (${result.duration})`} value={result.steps} testId="result-steps" />
            <Stat
              name="Missed plans"
              value={groupDigits(result.missed)}
              tone={result.missed > 0 ? 'bad' : undefined}
              testId="result-missed"
            />
          </div>
          {result.success && (
            <Text size="xs" data-testid="result-success">
              {result.success}
            </Text>
          )}
          {result.episodes && (
            <Text size="xs" c="dimmed">
              {result.episodes}
            </Text>
          )}
          {ran.learned && learning && <Kept learning={learning} />}
          <div className="row-tight result-buttons">
            <Button
              variant="default"
              onClick={() => useUi.setState({ room: 'episodes', episode: result.episode, episodeRow: 0 })}
              data-testid="result-open"
            >
              Open episode {result.episode}
            </Button>
            <Button
              variant="default"
              onClick={() => useUi.setState({ room: 'models', learned: 'model', trainOn: result.episode })}
              data-testid="result-train"
            >
              Train on it
            </Button>
          </div>
        </>
      ) : (
        <Text size="xs" c="dimmed">
          {(last.error ?? own.error) ? 'What it came to could not be read.' : 'The log takes it in …'}
        </Text>
      )}
    </section>
  );
}
