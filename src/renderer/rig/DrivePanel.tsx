import { Button, Select, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { RigFile } from '../../shared/rig';
import { useLive } from '../live/live';
import { DriveControls } from '../ui/drive/DriveControls';
import { DEVICES } from '../ui/drive/devices';
import { type DriveDevice, startDriving, stopDriving, useDriving } from '../ui/drive/driving';
import { LeaderPanel } from '../ui/drive/LeaderPanel';
import { Panel } from '../ui/Panel';

/** Drives the rig by hand without recording it. */
export function DrivePanel({ rig }: { rig: RigFile }) {
  const [device, setDevice] = useState<DriveDevice>('keyboard');
  const driving = useDriving((s) => s.device !== null && !s.recording);
  const phase = useLive((s) => s.status?.link.phase);
  const realtime = useLive((s) => s.status?.mode === 'realtime');
  const busy = useLive((s) => (s.activity?.kind ?? 'idle') !== 'idle');
  const allowed = realtime && !busy && (phase === 'ready' || phase === 'running');
  useEffect(() => () => stopDriving(), []);
  return (
    <Panel title="Drive by hand">
      <div className="stack-sm">
        <Select
          aria-label="Driven by"
          data={DEVICES}
          value={device}
          disabled={driving}
          onChange={(value) => setDevice((value ?? 'keyboard') as DriveDevice)}
          allowDeselect={false}
          data-testid="drive-device"
        />
        {device === 'leader' && <LeaderPanel rig={rig.name} />}
        <DriveControls rig={rig} device={device} />
        <Button
          size="sm"
          variant={driving ? 'filled' : 'light'}
          disabled={!allowed && !driving}
          onClick={() => (driving ? stopDriving() : startDriving(rig, device))}
          data-testid="drive"
        >
          {driving ? 'Stop driving' : 'Drive'}
        </Button>
        <Text size="xs" c="dimmed">
          {!realtime
            ? 'Only in real time: in lockstep the rig stands still between steps.'
            : allowed || driving
              ? 'Holds when it is ended, or when the window loses the focus.'
              : busy
                ? 'Not while recording or running.'
                : 'Resume the rig first.'}
        </Text>
      </div>
    </Panel>
  );
}
