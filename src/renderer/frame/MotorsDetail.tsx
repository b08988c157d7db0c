import { Button } from '@mantine/core';
import { useState } from 'react';
import type { MotorState } from '../../shared/safety/health';
import { useLive } from '../live/live';
import { motorSummary, motorWords } from './motor-words';

/** What every motor itself says of torque, goal and place: behind a button of the safety bar, for a rig on a servo bus. */
export function MotorsDetail() {
  const motors = useLive((s) => (s.status?.connected ? s.status.link.motors : undefined));
  const phase = useLive((s) => s.status?.link.phase ?? 'closed');
  const [open, setOpen] = useState(false);
  if (!motors || motors.length === 0) return null;
  const { text, doubtful } = motorSummary(motors, phase);
  return (
    <div className="motors-detail">
      <Button
        size="compact-sm"
        variant={doubtful ? 'filled' : 'default'}
        color={doubtful ? 'red.9' : undefined}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        data-testid="motors-toggle"
      >
        {text}
      </Button>
      {open && (
        <div className="motors-panel" data-testid="motors-panel">
          <table className="motors-table">
            <thead>
              <tr>
                {['Motor', 'Torque', 'Goal', 'Position', 'Current', 'Supply', 'Heat', 'Hold or release'].map(
                  (title) => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {motors.map((motor) => (
                <MotorRow key={motor.name} motor={motor} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function MotorRow({ motor }: { motor: MotorState }) {
  const { name, cells, confirmed } = motorWords(motor);
  return (
    <tr data-doubtful={motor.doubt !== null}>
      <th scope="row">{name}</th>
      {cells.map(({ of, text }) => (
        <td key={of} className="tabular">
          {text}
        </td>
      ))}
      <td>{confirmed}</td>
    </tr>
  );
}
