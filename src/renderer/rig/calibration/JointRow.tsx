import { Button, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from '@tabler/icons-react';
import type { CalibrationProgress, JointProgress } from '../../../shared/calibration';
import { api } from '../../api';
import { attempt } from '../../store/notify';
import { barOf, degrees, travelWords } from './calibration-words';

/** A joint in a calibration: how far it has been moved, what is said of it, and what would be or was written. */
export function JointRow({ joint, stage }: { joint: JointProgress; stage: CalibrationProgress['stage'] }) {
  const { name, findings, proposal, before, readBack, reversed } = joint;
  const bar = barOf(joint);
  const canMove = stage === 'sweep' || stage === 'review';
  return (
    <div className="calibration-joint" data-testid={`joint-${name}`} data-done={joint.done}>
      <Mark joint={joint} />
      <span className="calibration-name" title={`Motor ${joint.id}`}>
        {name}
      </span>
      <div className="calibration-bar" role="img" aria-label={`${name}: ${travelWords(joint)}`}>
        {bar && (
          <>
            <span
              className="calibration-range"
              style={{ left: `${100 * bar.low}%`, width: `${100 * (bar.high - bar.low)}%` }}
            />
            <span className="calibration-at" style={{ left: `${100 * bar.at}%` }} />
          </>
        )}
      </div>
      <span className="calibration-travel tabular">{travelWords(joint)}</span>
      {canMove && !joint.passive ? (
        <Button
          size="compact-xs"
          variant={reversed ? 'light' : 'subtle'}
          color={reversed ? 'blue' : 'gray'}
          title="Where the drawing turns the other way than the joint"
          onClick={() => void attempt(() => api().rig.calibration.act({ act: 'reverse', joint: name }))}
          data-testid={`reverse-${name}`}
        >
          {reversed ? 'Reversed' : 'Reverse'}
        </Button>
      ) : (
        <span />
      )}
      {proposal && before && (
        <Text size="xs" c="dimmed" className="calibration-registers" data-testid={`registers-${name}`}>
          {`limits ${degrees(proposal.limits[0])} … ${degrees(proposal.limits[1])}`}
          {proposal.homingOffset !== null &&
            ` · homing offset ${before.homingOffset} → ${proposal.homingOffset}`}
          {` · range ${before.low}–${before.high} → ${proposal.range[0]}–${proposal.range[1]}`}
          {readBack && (
            <strong>
              {' '}
              · read back {readBack.homingOffset ?? '–'}, {readBack.low}–{readBack.high}
            </strong>
          )}
        </Text>
      )}
      {findings.map(({ weight, message }) => (
        <Text
          key={message}
          size="xs"
          className="calibration-registers"
          c={weight === 'blocks' ? 'var(--bad-text)' : weight === 'warns' ? 'var(--warn-text)' : 'dimmed'}
        >
          {message}
        </Text>
      ))}
    </div>
  );
}

function Mark({ joint: { done, findings, silent, readBack } }: { joint: JointProgress }) {
  if (silent || findings.some(({ weight }) => weight === 'blocks')) {
    return <IconAlertTriangle size={16} color="var(--bad-text)" aria-label="not in order" />;
  }
  if (done || readBack) return <IconCircleCheck size={16} color="var(--good-text)" aria-label="moved" />;
  return <IconCircleDashed size={16} color="var(--text-faint)" aria-label="not moved far enough yet" />;
}
