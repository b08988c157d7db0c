import { Button, SegmentedControl, Text } from '@mantine/core';
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
    <Panel
      title="Drive by hand"
      aside={
        <Text size="xs" c="dimmed">
          {!realtime
            ? 'Only in real time'
            : allowed
              ? 'Holds when it is ended, or when the window loses the focus'
              : busy
                ? 'Not while recording or running'
                : 'Resume the rig first'}
        </Text>
      }
    >
      <div className="stack-sm">
        <SegmentedControl
          size="xs"
          data={DEVICES}
          value={device}
          disabled={driving}
          onChange={(value) => setDevice(value as DriveDevice)}
          data-testid="drive-device"
        />
        {device === 'leader' && <LeaderPanel rig={rig.name} />}
        <DriveControls rig={rig} device={device} />
        <Button
          size="sm"
          w={160}
          variant={driving ? 'filled' : 'light'}
          disabled={!allowed && !driving}
          onClick={() => (driving ? stopDriving() : startDriving(rig, device))}
          data-testid="drive"
        >
          {driving ? 'Stop driving' : 'Drive'}
        </Button>
      </div>
    </Panel>
  );
}
