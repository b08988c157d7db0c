import { Button, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { CalibrationAct, CalibrationProgress } from '../../../shared/calibration';
import { api } from '../../api';
import { useLive } from '../../live/live';
import { attempt } from '../../store/notify';
import { Panel } from '../../ui/Panel';
import { JointRow } from './JointRow';

const STEPS = [
  { stage: 'sweep', title: 'Move every joint' },
  { stage: 'review', title: 'Look at the result' },
  { stage: 'writing', title: 'Write and read back' },
] as const;

/** The calibration under way, beside the drawing that follows the hand. */
export function CalibrationGuide({ progress }: { progress: CalibrationProgress }) {
  const { stage, joints, message, next } = progress;
  const step = STEPS.findIndex((one) => one.stage === stage);
  return (
    <Panel title="Calibration" fill className="rig-channels" testId="calibration-guide">
      <div className="calibration">
        <ol className="calibration-steps" aria-label="Steps">
          {STEPS.map((one, i) => (
            <li
              key={one.stage}
              data-state={stage === 'done' || i < step ? 'done' : i === step ? 'now' : 'later'}
            >
              {i + 1}. {one.title}
            </li>
          ))}
        </ol>
        <Text size="xs" c="dimmed" data-testid="calibration-message">
          {message}
        </Text>
        <Text size="sm" fw={600} data-testid="calibration-next">
          {next}
        </Text>
        <div className="calibration-joints">
          {joints.map((joint) => (
            <JointRow key={joint.name} joint={joint} stage={stage} />
          ))}
        </div>
        <Actions progress={progress} />
      </div>
    </Panel>
  );
}

function Actions({ progress: { stage, joints, hand } }: { progress: CalibrationProgress }) {
  const [pending, setPending] = useState<string | null>(null);
  const queries = useQueryClient();
  const act = async (what: CalibrationAct) => {
    setPending(what.act);
    await attempt(() => api().rig.calibration.act(what));
    if (what.act === 'write') void queries.invalidateQueries({ queryKey: ['calibrations'] });
    setPending(null);
  };
  const moved = joints.filter(({ done }) => done).length;
  const isBlocked = joints.some(
    ({ findings, proposal }) => proposal === null || findings.some(({ weight }) => weight === 'blocks'),
  );
  if (stage === 'done' || stage === 'ended') {
    return (
      <div className="calibration-actions">
        <Button onClick={() => useLive.setState({ calibrating: null })} data-testid="calibration-close">
          Close
        </Button>
      </div>
    );
  }
  return (
    <>
      {hand && (
        <div className="calibration-actions">
          <Text size="xs" c="dimmed">
            Simulated hand{hand.doing === null ? ':' : ` (${hand.doing}):`}
          </Text>
          <Button
            size="compact-xs"
            variant="default"
            disabled={stage !== 'sweep'}
            onClick={() => void act({ act: 'hand', does: 'sweep' })}
            data-testid="hand-sweep"
          >
            Move every joint
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => void act({ act: 'hand', does: 'home' })}
            data-testid="hand-home"
          >
            Home pose
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => void act({ act: 'hand', does: 'nothing' })}
            data-testid="hand-nothing"
          >
            Let go
          </Button>
        </div>
      )}
      <div className="calibration-actions">
        {stage === 'review' && (
          <Button
            disabled={isBlocked}
            loading={pending === 'write'}
            onClick={() => void act({ act: 'write', note: '' })}
            data-testid="calibration-write"
          >
            Write to the motors
          </Button>
        )}
        <Button
          variant={stage === 'review' ? 'default' : 'filled'}
          loading={pending === 'home'}
          disabled={stage === 'writing'}
          onClick={() => void act({ act: 'home' })}
          data-testid="calibration-home"
        >
          {stage === 'review' ? 'Take the home pose again' : 'The arm is in its home pose'}
        </Button>
        {stage === 'sweep' && (
          <Text size="xs" c="dimmed" data-testid="calibration-moved">
            {moved} of {joints.length} joints moved
          </Text>
        )}
        <span className="grow" />
        <Button variant="default" onClick={() => void act({ act: 'again' })} disabled={stage === 'writing'}>
          Begin again
        </Button>
        <Button
          variant="default"
          onClick={() => void act({ act: 'cancel' })}
          disabled={stage === 'writing'}
          data-testid="calibration-cancel"
        >
          Cancel
        </Button>
      </div>
    </>
  );
}
