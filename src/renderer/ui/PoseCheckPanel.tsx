import { Alert, Button, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { PoseCheck } from '../../shared/pose-check';
import { api } from '../api';
import { takeStatus } from '../live/live';
import { Folded } from './Folded';
import { Problem } from './Messages';

/** A robot that came back: what differs from what was last seen of it, and the confirmation without which it stays on hold. */
export function PoseCheckPanel({ check }: { check: PoseCheck }) {
  const [asked, setAsked] = useState(false);
  const confirm = useMutation({
    mutationFn: async () => takeStatus(await api().rig.confirmPose({ check: check.id })),
  });
  const moved = check.joints.flatMap(({ moved: words }) => (words === null ? [] : [words]));
  return (
    <Alert
      color={check.differs ? 'orange' : 'blue'}
      variant="light"
      p="xs"
      className="lost-rig"
      title={`${check.rig} is back, and on hold`}
      data-testid="pose-check"
    >
      <div className="stack-xs">
        {check.found.map((words) => (
          <Text size="xs" key={words}>
            {words}
          </Text>
        ))}
        {moved.map((words) => (
          <Text size="xs" fw={600} key={words}>
            {words}
          </Text>
        ))}
        {moved.length === 0 && check.joints.length > 0 && (
          <Text size="xs">All {check.joints.length} joints are where they were last seen.</Text>
        )}
        {check.joints.length > 0 && (
          <Folded title="Joints, before and now" testId="pose-joints">
            <table className="pose-joints">
              <tbody>
                {check.joints.map(({ channel, unit, before, now }) => (
                  <tr key={channel}>
                    <td>{channel}</td>
                    <td>{before.toFixed(3)}</td>
                    <td>
                      {now.toFixed(3)} {unit}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Folded>
        )}
        <Text size="xs">
          Look at the robot: is its way free, and does nothing hang on it that was not there?
        </Text>
        {asked ? (
          <div className="row-tight">
            <Button
              size="compact-sm"
              color={check.differs ? 'orange' : undefined}
              loading={confirm.isPending}
              onClick={() => confirm.mutate()}
              data-testid="pose-confirm"
            >
              I have looked: go on
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => setAsked(false)}>
              Not yet
            </Button>
          </div>
        ) : (
          <div className="row-tight">
            <Button size="compact-sm" onClick={() => setAsked(true)} data-testid="pose-continue">
              Continue …
            </Button>
          </div>
        )}
        {confirm.error && <Problem error={confirm.error} />}
      </div>
    </Alert>
  );
}
