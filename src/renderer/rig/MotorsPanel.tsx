import { Button, NumberInput, Select, Table, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { FoundMotor, ServoDriver } from '../../shared/servos';
import { api } from '../api';
import { useConnectionChoice } from '../store/connection';
import { Folded } from '../ui/Folded';
import { Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';

/** Baud rates that a motor can be given (docs/drivers.md). */
const RATES: { [D in ServoDriver]: readonly number[] } = {
  feetech: [1_000_000, 500_000, 250_000, 128_000, 115_200, 76_800, 57_600, 38_400],
  dynamixel: [9_600, 57_600, 115_200, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 4_500_000],
};
const EVERY = 'every baud rate';

/** Which motors are on a line, and another number or baud rate for one that is alone on it. */
export function MotorsPanel({
  rig,
  driver,
  baudRate,
}: {
  rig: string;
  driver: ServoDriver;
  baudRate: number;
}) {
  const chosen = useConnectionChoice(rig).port;
  const [path, setPath] = useState(chosen.startsWith('simulated') ? '' : chosen);
  const [rate, setRate] = useState(String(baudRate));
  const scan = useMutation({
    mutationFn: () =>
      api().rig.motors.scan({
        port: path.trim(),
        search: { driver, ...(rate === EVERY ? {} : { baudRate: Number(rate) }) },
      }),
  });
  const motors = scan.data;
  const only = motors?.length === 1 ? motors[0] : undefined;
  return (
    <Panel title="Motors on the line" testId="motors-panel">
      <Folded title="Look for motors and set them up" testId="motors-open">
        <div className="stack-xs">
          <TextInput
            label="Port"
            placeholder="/dev/ttyACM0, COM3"
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
            data-testid="motors-port"
          />
          <Select
            label="At"
            data={[EVERY, ...RATES[driver].map(String)]}
            value={rate}
            allowDeselect={false}
            onChange={(value) => setRate(value ?? EVERY)}
          />
          <Button
            variant="default"
            disabled={path.trim() === ''}
            loading={scan.isPending}
            onClick={() => scan.mutate()}
            data-testid="motors-scan"
          >
            Look for motors
          </Button>
          {scan.error && <Problem error={scan.error} />}
          {motors && <Found motors={motors} />}
          {only && <SetUp key={`${only.id}-${only.baudRates.join()}`} port={path.trim()} motor={only} />}
        </div>
      </Folded>
    </Panel>
  );
}

function Found({ motors }: { motors: readonly FoundMotor[] }) {
  if (motors.length === 0) {
    return (
      <Text size="xs" c="dimmed" data-testid="motors-none">
        No motor answers. Switch their power supply on, and check the cable to the first one.
      </Text>
    );
  }
  return (
    <>
      <Table verticalSpacing={3} data-testid="motors-found">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Number</Table.Th>
            <Table.Th>Model</Table.Th>
            <Table.Th>Baud rate</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {motors.map(({ id, model, number, baudRates }) => (
            <Table.Tr key={`${id}-${model}`}>
              <Table.Td>{id}</Table.Td>
              <Table.Td>{model ?? `unknown (${number ?? 'does not say'})`}</Table.Td>
              <Table.Td>{baudRates.join(', ')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {motors.length > 1 && (
        <Text size="xs" c="dimmed">
          To give one of them another number, leave it as the only one on the line and look again.
        </Text>
      )}
    </>
  );
}

/** Of the one motor on the line. */
function SetUp({ port, motor }: { port: string; motor: FoundMotor }) {
  const [now = 0] = motor.baudRates;
  const [id, setId] = useState<number | string>(motor.id);
  const [rate, setRate] = useState(String(now));
  const set = useMutation({
    mutationFn: () =>
      api().rig.motors.setUp({
        port,
        setUp: {
          driver: motor.driver,
          model: motor.model ?? '',
          now: { id: motor.id, baudRate: now },
          wanted: { id: Number(id), baudRate: Number(rate) },
        },
      }),
  });
  const [after] = set.data ?? [];
  return (
    <>
      <div className="form-grid">
        <NumberInput
          label="New number"
          min={0}
          max={253}
          value={id}
          onChange={setId}
          data-testid="motor-id"
        />
        <Select
          label="New baud rate"
          data={RATES[motor.driver].map(String)}
          value={rate}
          allowDeselect={false}
          onChange={(value) => setRate(value ?? String(now))}
        />
      </div>
      <Button
        disabled={motor.model === null}
        loading={set.isPending}
        onClick={() => set.mutate()}
        data-testid="motor-set-up"
      >
        Write to motor {motor.id}: its torque goes off
      </Button>
      {set.error && <Problem error={set.error} />}
      {after && (
        <Text size="xs" c="var(--good-text)" data-testid="motor-after">
          {`Read back: it is motor ${after.id} at ${after.baudRates.join(', ')} baud.`}
        </Text>
      )}
    </>
  );
}
