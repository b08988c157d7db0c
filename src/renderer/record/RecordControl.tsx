import { Badge, Button, Kbd, Progress, Text } from '@mantine/core';
import { IconPlayerRecordFilled } from '@tabler/icons-react';
import type { RigFile } from '../../shared/rig';
import { useLive } from '../live/live';
import { ChecksBeforeMoving } from '../ui/ChecksBeforeMoving';
import { formatDuration, formatNumber } from '../ui/format';
import { KeyButton } from '../ui/KeyButton';
import { NoteButton } from '../ui/NoteButton';
import { Panel } from '../ui/Panel';
import { Unattended } from '../ui/Unattended';
import { excitationProblem, startRecording, useExcitation } from './excitation';

/** Starts a recording; shows how far it is and ends it. */
export function RecordControl({ rig }: { rig: RigFile }) {
  const activity = useLive((s) => s.activity);
  const phase = useLive((s) => s.status?.link.phase);
  const unattended = useExcitation((s) => s.unattended);
  const wrong = useExcitation(excitationProblem);
  const recording = activity?.kind === 'recording';
  const running = activity?.kind === 'running';
  const able = phase === 'ready' || phase === 'running';
  return (
    <Panel
      title="Record"
      aside={
        <>
          {recording && (
            <Badge color="red" variant="filled" size="sm">
              Recording
            </Badge>
          )}
          {/* Stays when the episode ends, with what is being written. */}
          <NoteButton episode={activity?.episode ?? null} where="the newest row" />
        </>
      }
    >
      {recording && activity ? (
        <>
          <div className="row">
            <Text size="sm" fw={600} className="tabular" data-testid="record-episode">
              Episode {Math.min(activity.done + 1, activity.wanted)} of {activity.wanted}
            </Text>
            <Text size="sm" className="tabular" data-testid="record-step">
              Step {activity.step} / {activity.maxSteps}
            </Text>
          </div>
          <Progress
            value={(100 * activity.step) / Math.max(1, activity.maxSteps)}
            size="sm"
            my={6}
            color="red"
          />
          <div className="row">
            <Text size="xs" c="dimmed" className="tabular">
              Return so far {formatNumber(activity.return, 4)}
            </Text>
            <Text size="xs" c="dimmed" className="tabular">
              {formatDuration(activity.step * rig.periodSeconds)}
            </Text>
          </div>
          <Text size="xs" c="dimmed" mt={6}>
            {activity.episode === null
              ? 'Opening an episode in the log …'
              : `What you see is on disk as episode ${activity.episode}, at most 100 ms behind.`}
          </Text>
          <div className="row row-buttons">
            <KeyButton command="keep" testId="record-finish">
              End and keep
            </KeyButton>
            <KeyButton command="discard" testId="record-discard">
              Discard
            </KeyButton>
          </div>
        </>
      ) : (
        <>
          <Button
            fullWidth
            size="md"
            color="red"
            variant="light"
            leftSection={<IconPlayerRecordFilled size={18} />}
            rightSection={<Kbd size="xs">R</Kbd>}
            disabled={!able || running || wrong !== null}
            onClick={() => void startRecording()}
            data-testid="record-start"
          >
            Record
          </Button>
          <div style={{ marginTop: 10 }}>
            <Unattended
              what="recording"
              on={unattended}
              onChange={(on) => useExcitation.setState({ unattended: on })}
            />
          </div>
          {able && !running && <ChecksBeforeMoving />}
          {!able && (
            <Text size="xs" c="dimmed" mt={6}>
              {phase === 'lost' || phase === 'closed'
                ? 'The rig was lost: reconnect first.'
                : 'The rig is not ready to move. Use Resume in the bar above.'}
            </Text>
          )}
          {able && wrong !== null && (
            <Text size="xs" c="var(--bad-text)" mt={6} data-testid="record-problem">
              {wrong}
            </Text>
          )}
          {running && (
            <Text size="xs" c="dimmed" mt={6}>
              A run is going on and is recorded already.
            </Text>
          )}
        </>
      )}
    </Panel>
  );
}
