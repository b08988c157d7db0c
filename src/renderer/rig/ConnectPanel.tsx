import { Button, SegmentedControl, Select, Text } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { lineOf, type RigFile } from '../../shared/rig';
import { api, useLink } from '../api';
import { takeStatus, useLive } from '../live/live';
import { chooseConnection, connectRig, useConnectionChoice } from '../store/connection';
import { attempt } from '../store/notify';
import { Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { PortList } from './PortList';
import { portLabel, portsSentence, portValue } from './ports';

/** Between two looks at what is plugged in. */
const LOOK_MS = 2000;
const FROM_FILE = '';
const SIMULATED = 'simulated';

export function ConnectPanel({ rig }: { rig: RigFile }) {
  const connected = useLive((s) => s.status?.connected ?? false);
  return connected ? <Connected /> : <Connect rig={rig} />;
}

function Connected() {
  const rig = useLive((s) => s.status?.rig);
  const info = useLive(useShallow((s) => s.status?.link.info ?? null));
  const mode = useLive((s) => s.status?.mode);
  const leave = useMutation({
    mutationFn: () => attempt(() => api().rig.disconnect()),
    onSuccess: () => attempt(() => api().rig.status()).then((status) => status && takeStatus(status)),
  });
  return (
    <Panel title="Connected">
      <Text size="sm">{info ? `${info.name} ${info.version}` : rig}</Text>
      <Text size="xs" c="dimmed">
        {info?.link ?? ''}
        {mode === 'lockstep' ? ' · lockstep (as fast as the computer allows)' : ''}
      </Text>
      <Button
        variant="default"
        fullWidth
        mt="sm"
        loading={leave.isPending}
        onClick={() => leave.mutate()}
        data-testid="disconnect"
      >
        Disconnect
      </Button>
      <Text size="xs" c="dimmed" mt={6}>
        Another rig can be chosen once this one is disconnected.
      </Text>
    </Panel>
  );
}

function Connect({ rig }: { rig: RigFile }) {
  const outside = rig.driver !== 'mujoco';
  const serial = outside && rig.rosbridge === undefined;
  const open = useLink((s) => s.state === 'open');
  const phase = useLive((s) => s.status?.link.phase);
  const failure = useLive((s) => s.status?.link.error ?? null);
  const { port, mode } = useConnectionChoice(rig.name);
  const [probed, setProbed] = useState(false);
  const ports = useQuery({
    queryKey: ['ports', probed],
    queryFn: () => api().rig.ports({ probe: probed }),
    enabled: open && serial,
    // Who was asked is not asked again by itself.
    refetchInterval: probed ? false : LOOK_MS,
    placeholderData: keepPreviousData,
  });
  const connect = useMutation({
    mutationFn: () => connectRig(rig.name),
  });
  const found = ports.data ?? [];
  const fromFile = rig.rosbridge?.url ?? lineOf(rig)?.port ?? 'auto';
  const choices = [
    {
      value: FROM_FILE,
      label: fromFile === 'auto' ? 'As last time, or the only one' : `As in the rig file: ${fromFile}`,
    },
    ...(rig.serial?.simulation ? [{ value: SIMULATED, label: 'Simulated firmware' }] : []),
    ...(rig.text?.simulation || rig.gcode || rig.odrive
      ? [{ value: SIMULATED, label: 'Simulated device' }]
      : []),
    ...(rig.servos ? [{ value: SIMULATED, label: 'Simulated motors' }] : []),
    ...(rig.rosbridge?.simulation || rig.sphero?.simulation
      ? [{ value: SIMULATED, label: 'Simulated robot' }]
      : []),
    ...(serial ? found : []).map((p) => ({ value: portValue(p, found), label: portLabel(p) })),
  ];
  // What was chosen before stays to be seen, also when its cable is out.
  if (!choices.some(({ value }) => value === port)) {
    choices.push({ value: port, label: serial && ports.data ? `${port} (not plugged in)` : port });
  }
  return (
    <Panel title="Connect">
      {outside && (
        <>
          <Select
            label={serial ? 'Port' : 'Robot'}
            data={choices}
            value={port}
            onChange={(value) => chooseConnection(rig.name, { port: value ?? FROM_FILE, mode: 'realtime' })}
            data-testid="port"
            comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
          />
          {serial && (
            <div className="row" style={{ marginTop: 4 }}>
              <Text size="xs" c="dimmed">
                {ports.data?.length === 0
                  ? 'No serial ports found: plug the cable in.'
                  : portsSentence(found)}
              </Text>
              <Button
                size="compact-xs"
                variant="subtle"
                loading={ports.isFetching && probed}
                onClick={() => (probed ? void ports.refetch() : setProbed(true))}
                data-testid="probe"
              >
                Probe
              </Button>
            </div>
          )}
          {serial && found.length > 0 && <PortList ports={found} />}
          {ports.error && <Problem error={ports.error} />}
        </>
      )}
      <Text size="xs" fw={500} mt={6} mb={2}>
        Time
      </Text>
      <SegmentedControl
        fullWidth
        value={mode}
        onChange={(value) => chooseConnection(rig.name, { mode: value as typeof mode })}
        data={[
          { value: 'realtime', label: 'Real time' },
          // Whatever is behind a line, simulated or not, has a time of its own.
          { value: 'lockstep', label: 'Lockstep', disabled: outside },
        ]}
        data-testid="mode"
      />
      <Button
        fullWidth
        mt="sm"
        size="sm"
        loading={connect.isPending || phase === 'opening'}
        onClick={() => connect.mutate()}
        data-testid="connect"
      >
        Connect
      </Button>
      {(connect.error || failure) && (
        <div style={{ marginTop: 8 }}>
          <Problem error={connect.error ?? failure} />
        </div>
      )}
    </Panel>
  );
}
