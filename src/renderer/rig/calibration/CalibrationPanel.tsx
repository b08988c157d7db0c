import { Alert, Button, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api';
import { useLive } from '../../live/live';
import { attempt } from '../../store/notify';
import { Panel } from '../../ui/Panel';
import { CalibrationVersions } from './CalibrationVersions';
import { inForceWords } from './calibration-words';

/** What a person wants to do that takes the torque off first. */
type Wanted = { act: 'begin' } | { act: 'use'; version: number };

/** Which calibration is in force on the connected rig, and the ways to another one. */
export function CalibrationPanel({ rig }: { rig: string }) {
  const calibration = useLive((s) => s.status?.link.info?.calibration ?? null);
  const stage = useLive((s) => s.calibrating?.stage ?? null);
  const ended = useLive((s) => (s.calibrating?.stage === 'ended' ? s.calibrating.message : null));
  const busy = useLive((s) => (s.activity?.kind ?? 'idle') !== 'idle');
  const [wanted, setWanted] = useState<Wanted | null>(null);
  if (!calibration) return null;
  const isUnderWay = stage === 'sweep' || stage === 'review' || stage === 'writing';
  return (
    <Panel title="Calibration" testId="calibration-panel">
      {calibration.mismatch === null ? (
        <Text size="sm" data-testid="calibration-in-force">
          {inForceWords(calibration)}
        </Text>
      ) : (
        <Alert
          color="red"
          variant="light"
          p="xs"
          title="The motors do not agree"
          data-testid="calibration-mismatch"
        >
          <Text size="xs">{calibration.mismatch}</Text>
        </Alert>
      )}
      {ended !== null && (
        <Text size="xs" c="dimmed" mt={4} data-testid="calibration-ended">
          {ended}
        </Text>
      )}
      {isUnderWay ? (
        <Text size="xs" c="dimmed" mt={6}>
          A calibration is under way.
        </Text>
      ) : wanted ? (
        <Warning wanted={wanted} done={() => setWanted(null)} />
      ) : (
        <Button
          fullWidth
          mt="sm"
          variant={calibration.version === null || calibration.mismatch !== null ? 'filled' : 'default'}
          disabled={busy}
          onClick={() => setWanted({ act: 'begin' })}
          data-testid="calibrate"
        >
          Calibrate …
        </Button>
      )}
      {!isUnderWay && !wanted && (
        <CalibrationVersions
          rig={rig}
          inForce={calibration}
          use={(version) => setWanted({ act: 'use', version })}
        />
      )}
    </Panel>
  );
}

/** Nothing takes the torque off that was not asked for by name. */
function Warning({ wanted, done }: { wanted: Wanted; done: () => void }) {
  const [isAsked, setIsAsked] = useState(false);
  const queries = useQueryClient();
  const go = async () => {
    setIsAsked(true);
    const released = await attempt(() => api().rig.release());
    if (released) await attempt(() => api().rig.calibration.act(wanted));
    void queries.invalidateQueries({ queryKey: ['calibrations'] });
    done();
  };
  return (
    <Alert
      color="yellow"
      variant="light"
      p="xs"
      mt="sm"
      title="Support the arm with your hand"
      styles={{ title: { color: 'var(--warn-text)' } }}
    >
      <Text size="xs">
        Its torque goes off, and nothing but your hand holds it from then on: a raised arm drops.
        {wanted.act === 'use' ? ` Then version ${wanted.version} is written to the motors.` : ''}
      </Text>
      <div className="row row-buttons">
        <Button
          size="xs"
          color="orange"
          loading={isAsked}
          onClick={() => void go()}
          data-testid="calibrate-release"
        >
          {wanted.act === 'use' ? 'Release and write' : 'Release and begin'}
        </Button>
        <Button size="xs" variant="default" onClick={done}>
          Back
        </Button>
      </div>
    </Alert>
  );
}
