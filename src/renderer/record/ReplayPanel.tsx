import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import type { RigFile } from '../../shared/rig';
import { api } from '../api';
import { useLive } from '../live/live';
import { useEpisodePage } from '../store/episode-lists';
import { attempt } from '../store/notify';
import { NumberField } from '../ui/NumberField';
import { numberProblem } from '../ui/number-problem';
import { Panel } from '../ui/Panel';

const EPISODE = { min: 1, whole: true };
const LIMIT = { min: 1, max: 100 };

/** Plays what was executed in an episode on the connected rig again, and has it hold where it goes another way. */
export function ReplayPanel({ rig }: { rig: RigFile }) {
  const page = useEpisodePage({ rig: rig.name, states: ['complete'], limit: 1 }).data;
  const newest = page?.asked.rig === rig.name ? page.episodes[0]?.id : undefined;
  const [chosen, setChosen] = useState<number | null>(null);
  const [percent, setPercent] = useState(20);
  const phase = useLive((s) => s.status?.link.phase);
  const busy = useLive((s) => (s.activity?.kind ?? 'idle') !== 'idle');
  const episode = chosen ?? newest ?? Number.NaN;
  const wrong = numberProblem(episode, EPISODE) ?? numberProblem(percent, LIMIT);
  return (
    <Panel title="Replay">
      <div className="form-grid">
        <NumberField
          label="Episode"
          range={EPISODE}
          value={episode}
          onChange={setChosen}
          data-testid="replay-episode"
        />
        <NumberField
          label="Holds beyond"
          suffix=" %"
          range={LIMIT}
          value={percent}
          onChange={setPercent}
          data-testid="replay-limit"
        />
      </div>
      <Button
        mt={8}
        size="compact-sm"
        variant="default"
        disabled={busy || (phase !== 'ready' && phase !== 'running') || wrong !== null}
        onClick={() => void attempt(() => api().record.replay({ episode, limit: percent / 100 }))}
        data-testid="replay-start"
      >
        Play it again
      </Button>
      <Text size="xs" c="dimmed" mt={6}>
        From where it began, with its actions. The rig holds where a channel differs by more than that of its
        range.
      </Text>
    </Panel>
  );
}
