import { Loader, Progress, Text } from '@mantine/core';
import { useLive } from '../live/live';
import { algorithmTitle } from '../ui/algorithms';
import { learnedWords } from './learning';

/** The run that learns, on the left: how far it is. */
export function LearningSteps() {
  const learning = useLive((s) => s.learning);
  if (!learning) return null;
  const { steps, stepsInAll, stage } = learning;
  return (
    <div className="stack-xs" data-testid="learning-steps">
      <Text size="xs" className="tabular">
        {learnedWords(learning)}
      </Text>
      <Progress
        value={(100 * steps) / Math.max(1, stepsInAll)}
        size="sm"
        flex="none"
        color="grape"
        aria-label="Steps learned from"
      />
      {stage === 'keeping' && (
        <div className="row-tight" data-testid="learning-keeping">
          <Loader size={12} />
          <Text size="xs">The rig stands; what was learned is put down …</Text>
        </div>
      )}
    </div>
  );
}

/** What learns, and where it is recorded. */
export function LearningFoot() {
  const episode = useLive((s) => s.activity?.episode ?? null);
  const algorithm = useLive((s) => s.learning?.algorithm ?? null);
  const title = algorithm === null ? 'A policy' : algorithmTitle(algorithm);
  return (
    <Text size="xs" c="dimmed">
      {algorithm === null ? `${title} is learned` : `${title} learns`}
      {episode === null ? '' : `, recorded as episode ${episode}`}
    </Text>
  );
}
