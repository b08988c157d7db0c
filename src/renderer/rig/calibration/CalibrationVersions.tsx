import { Button, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { CalibrationInForce, CalibrationShelf } from '../../../shared/calibration';
import { deviceWords } from '../../../shared/calibration';
import { api } from '../../api';
import { attempt } from '../../store/notify';
import { useOpen } from '../../store/queries';
import { askForFiles } from '../../ui/ask-for-files';
import { Folded } from '../../ui/Folded';
import { versionWords } from './calibration-words';

/** The versions that are kept of the connected device, and files of LeRobot in and out. */
export function CalibrationVersions({
  rig,
  inForce: { device, version },
  use,
}: {
  rig: string;
  inForce: CalibrationInForce;
  use: (version: number) => void;
}) {
  const [said, setSaid] = useState<string | null>(null);
  const queries = useQueryClient();
  const shelves = useQuery({
    queryKey: ['calibrations', rig, version],
    queryFn: () => api().rig.calibration.shelves({ rig }),
    enabled: useOpen(),
  });
  const isOwn = (shelf: CalibrationShelf) =>
    shelf.device.kind === device.kind && shelf.device.name === device.name;
  const versions = shelves.data?.find(isOwn)?.versions ?? [];
  const bring = async (file: File | undefined) => {
    if (!file) return;
    const taken = await attempt(async () =>
      api().rig.calibration.take({ rig, device, text: await file.text(), note: file.name }),
    );
    if (!taken) return;
    setSaid(
      `${file.name} is kept as version ${taken.version}. It is not in force before "Use" writes it to the motors.`,
    );
    void queries.invalidateQueries({ queryKey: ['calibrations'] });
  };
  const save = async (one: number) => {
    const saved = await attempt(() => api().rig.calibration.export({ rig, device, version: one }));
    if (saved) setSaid(`Version ${saved.version}, as LeRobot reads it, is in ${saved.file}.`);
  };
  return (
    <Folded
      title="Versions"
      summary={`${versions.length} on ${deviceWords(device)}`}
      testId="calibration-versions"
    >
      <div className="stack-xs">
        {versions.map((one) => (
          <div key={one.version}>
            <Text size="xs">{versionWords(one)}</Text>
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => use(one.version)}
              data-testid={`calibration-use-${one.version}`}
            >
              {one.version === version ? 'Write again' : 'Use'}
            </Button>
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => void save(one.version)}
              data-testid={`calibration-export-${one.version}`}
            >
              Save for LeRobot
            </Button>
          </div>
        ))}
        <Button
          size="compact-xs"
          variant="default"
          w="fit-content"
          onClick={() => askForFiles(([file]) => void bring(file), { accept: '.json' })}
          data-testid="calibration-import"
        >
          Bring a file of LeRobot …
        </Button>
        {said !== null && (
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }} data-testid="calibration-said">
            {said}
          </Text>
        )}
      </div>
    </Folded>
  );
}
