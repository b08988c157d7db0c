import { ActionIcon, SegmentedControl, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconStar, IconStarFilled } from '@tabler/icons-react';
import { type EpisodeSummary, OUTCOMES, type Outcome } from '../../../shared/episode';
import { judgeEpisodes, starEpisodes } from './edits';

/** What a person says of an episode: whether it is a favourite, and how it went. */
export function EpisodeJudgement({
  summary: { id, starred, outcome },
}: {
  summary: Pick<EpisodeSummary, 'id' | 'starred' | 'outcome'>;
}) {
  const words = starred ? 'Take the star away' : 'Star it';
  return (
    <>
      <Tooltip label={words}>
        <ActionIcon
          variant="subtle"
          color={starred ? 'yellow' : 'gray'}
          aria-label="Star"
          aria-pressed={starred}
          onClick={() => void starEpisodes([id], !starred)}
          data-testid="star"
        >
          {starred ? <IconStarFilled size={16} /> : <IconStar size={16} />}
        </ActionIcon>
      </Tooltip>
      <VisuallyHidden id="outcome-label">How it went</VisuallyHidden>
      <SegmentedControl
        size="xs"
        aria-labelledby="outcome-label"
        value={outcome ?? NONE}
        onChange={(said) => void judgeEpisodes([id], said === NONE ? null : (said as Outcome))}
        data={[
          { value: NONE, label: 'Not judged' },
          ...OUTCOMES.map((value) => ({ value, label: LABELS[value] })),
        ]}
        data-testid="outcome"
      />
    </>
  );
}

const NONE = 'none';
const LABELS: Record<Outcome, string> = { success: 'Success', failure: 'Failure', unclear: 'Unclear' };
