import { Button, Checkbox, NativeSelect, Slider, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Camera } from '../../shared/camera';
import type { RigFile } from '../../shared/rig';
import type { RigCameraState } from '../../shared/rig-camera';
import { api } from '../api';
import { canTake } from '../live/usb/taking';
import { type UsbCamera, usbCameras, useUsb } from '../live/usb/usb-cameras';
import { livePictureQuery, pictureAddress } from '../store/live-picture';
import { Panel } from '../ui/Panel';
import { type CameraWords, streamWords, usbWords } from './camera-words';

/** Cameras of the connected rig whose pictures come from outside: which ones they are, and what they see. */
export function CamerasPanel({ rig }: { rig: RigFile }) {
  const cameras = rig.cameras.filter(({ source }) => source.kind !== 'simulated');
  const { data: states } = useQuery({
    queryKey: ['rig-cameras', rig.name],
    queryFn: () => api().rig.cameras(),
    refetchInterval: 1000,
    enabled: cameras.length > 0,
  });
  if (cameras.length === 0) return null;
  return (
    <Panel title="Cameras" testId="cameras-panel">
      {cameras.map((camera) => {
        const state = states?.find(({ name }) => name === camera.name);
        return camera.source.kind === 'usb' ? (
          <Usb key={camera.name} rig={rig.name} camera={camera} state={state} />
        ) : (
          <Stream key={camera.name} rig={rig.name} camera={camera} state={state} />
        );
      })}
    </Panel>
  );
}

function Usb({ rig, camera, state }: { rig: string; camera: Camera; state: RigCameraState | undefined }) {
  const own = useUsb((s) => s.cameras[camera.name]);
  const devices = useUsb((s) => s.devices);
  const isAllowed = useUsb((s) => s.isAllowed);
  const chosen = useUsb((s) => s.chosen[`${rig}/${camera.name}`]);
  const isOpen = own?.state === 'taking' || own?.state === 'opening';
  return (
    <Shown camera={camera} picture={own?.picture ?? null} words={usbWords(own, state, canTake())}>
      {canTake() && !isAllowed && (
        <Button
          size="compact-xs"
          variant="light"
          onClick={() => void usbCameras.allow().catch(() => undefined)}
        >
          Allow cameras
        </Button>
      )}
      {isAllowed && (
        <NativeSelect
          size="xs"
          aria-label={`Which camera ${camera.name} is`}
          data-testid={`choose-${camera.name}`}
          value={isOpen || own?.state === 'failed' ? (chosen?.deviceId ?? '') : ''}
          onChange={(event) => {
            const id = event.currentTarget.value;
            usbCameras.choose(camera.name, devices.find(({ deviceId }) => deviceId === id) ?? null);
          }}
          data={[
            { value: '', label: own?.state === 'ask' ? 'Which of them is it?' : 'None' },
            ...devices.map(({ deviceId, label }, i) => ({
              value: deviceId,
              label: devices.some((other, j) => j !== i && other.label === label)
                ? `${label}, number ${i + 1}`
                : label,
            })),
          ]}
        />
      )}
      {own?.exposure && <Exposure rig={rig} camera={camera.name} range={own.exposure} />}
    </Shown>
  );
}

function Exposure({
  rig,
  camera,
  range,
}: {
  rig: string;
  camera: string;
  range: NonNullable<UsbCamera['exposure']>;
}) {
  const time = useUsb((s) => s.exposures[`${rig}/${camera}`] ?? null);
  const set = (value: number | null) => void usbCameras.expose(camera, value).catch(() => undefined);
  return (
    <>
      <Checkbox
        size="xs"
        label="Automatic exposure"
        checked={time === null}
        onChange={(event) => set(event.currentTarget.checked ? null : range.min)}
      />
      {time !== null && (
        <Slider
          size="xs"
          aria-label={`Exposure of ${camera}`}
          {...{ min: range.min, max: range.max, step: range.step, value: time }}
          label={(value) => `${(value / 10).toFixed(1)} ms`}
          onChange={set}
        />
      )}
    </>
  );
}

function Stream({ rig, camera, state }: { rig: string; camera: Camera; state: RigCameraState | undefined }) {
  const { data } = useQuery(livePictureQuery(rig, camera.name));
  const picture = data ? pictureAddress(data) : null;
  return <Shown camera={camera} picture={picture} words={streamWords(camera, state)} />;
}

function Shown({
  camera,
  picture,
  words,
  children,
}: {
  camera: Camera;
  picture: string | null;
  words: CameraWords;
  children?: React.ReactNode;
}) {
  return (
    <div className="rig-camera">
      <figure className="camera">
        {picture === null ? (
          <div className="camera-dark" style={{ aspectRatio: camera.width / camera.height }} />
        ) : (
          <img
            src={picture}
            width={camera.width}
            height={camera.height}
            alt={`What camera ${camera.name} sees now`}
            data-testid={`sees-${camera.name}`}
          />
        )}
      </figure>
      <div className="rig-camera-about">
        <Text size="xs" fw={600}>
          {camera.title ?? camera.name}
          <Text span size="xs" c="dimmed" className="tabular">
            {` ${camera.width} × ${camera.height}, ${camera.rate} Hz`}
          </Text>
        </Text>
        <Text
          size="xs"
          className={words.isGood ? 'soft' : 'camera-warn'}
          data-testid={`words-${camera.name}`}
        >
          {words.text}
        </Text>
        {children}
      </div>
    </div>
  );
}
