import { Button, NativeSelect, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { type Crop, cropOf, cropText, isInside } from '../../../shared/crop';
import type { EpisodeCamera } from '../../../shared/episode-camera';
import type { Look } from '../../../shared/look';
import type { LatentOptions } from '../../../shared/model-options';
import { api } from '../../api';
import { useEpisodePage } from '../../store/episode-lists';
import { useEpisodeCameras, useOpen } from '../../store/queries';
import { NumberField } from '../../ui/NumberField';
import { CLASSES, usableOf, useTrainForm } from '../train-form';
import { cropBetween, cropWith, isWhole } from './crop-view';
import { SeenByNetwork } from './SeenByNetwork';

/** What of them is set here. */
type Seen = Partial<Pick<LatentOptions, 'camera' | 'crop' | 'size' | 'colour'>>;

/** Options of a class that learns from pictures which are set on a picture, and not among the others. */
export const SET_ON_PICTURE: readonly string[] = ['camera', 'crop', 'size', 'colour'];

/** What a model that learns from pictures is going to look at: camera, part, size and colour, on a picture that was recorded. */
export function CameraSetup({ rig, options }: { rig: string; options: LatentOptions }) {
  const newest = useEpisodePage({ ...usableOf(rig), descending: true, limit: 1 }).data?.episodes[0];
  const cameras = useEpisodeCameras(newest?.id ?? -1, `${newest?.steps}`).data ?? [];
  const place = Math.max(
    0,
    cameras.findIndex(({ name }) => name === options.camera),
  );
  const camera = cameras[place];
  const [share, setShare] = useState(0.5);
  const second = share * (newest?.steps ?? 0) * (newest?.periodSeconds ?? 0);
  const picture = usePicture(newest?.id ?? null, place, second);
  if (!newest || !camera) {
    return (
      <Text size="xs" c="dimmed" data-testid="camera-setup-none">
        No episode of this rig was recorded with a camera.
      </Text>
    );
  }
  const change = (changed: Seen) =>
    useTrainForm.setState(({ options: all }) => ({
      options: { ...all, class: { ...options, ...changed } as LatentOptions },
    }));
  return (
    <section className="stack-sm" aria-label="What the network gets" data-testid="camera-setup">
      {cameras.length > 1 && (
        <NativeSelect
          label="Camera"
          data={cameras.map(({ name }) => name)}
          value={camera.name}
          onChange={(event) => change({ camera: event.currentTarget.value, crop: '' })}
          data-testid="train-camera"
        />
      )}
      {picture && <CropField camera={camera} picture={picture} options={options} change={change} />}
      <div className="form-grid">
        <NumberField
          label="Size (pixels)"
          range={SIZE}
          step={8}
          value={options.size}
          onChange={(size) => change({ size })}
          data-testid="train-size"
        />
        <NativeSelect
          label="Colour"
          data={[
            { value: 'grey', label: 'Grey' },
            { value: 'rgb', label: 'RGB' },
          ]}
          value={options.colour}
          onChange={(event) => change({ colour: event.currentTarget.value === 'rgb' ? 'rgb' : 'grey' })}
          data-testid="train-colour"
        />
      </div>
      <Button
        variant="subtle"
        size="compact-xs"
        w="fit-content"
        onClick={() => setShare((share + GOLDEN) % 1)}
        data-testid="camera-another"
      >
        Look at another moment
      </Button>
    </section>
  );
}

const SIZE =
  CLASSES.find(({ name }) => name === 'latent-frame')?.fields.find(({ key }) => key === 'size') ?? {};
/** Moments that follow each other by it are spread over an episode, however many are looked at. */
const GOLDEN = 0.618;

function usePicture(episode: number | null, camera: number, second: number): string | null {
  const { data } = useQuery({
    queryKey: ['setup-picture', episode, camera, second],
    queryFn: () => api().episodes.picture({ id: episode ?? 0, camera, second }),
    enabled: useOpen() && episode !== null,
    placeholderData: (before) => before,
  });
  return data ? `data:image/${data.kind};base64,${data.file}` : null;
}

function CropField({
  camera,
  picture,
  options,
  change,
}: {
  camera: EpisodeCamera;
  picture: string;
  options: LatentOptions;
  change(changed: Seen): void;
}) {
  const whole = { left: 0, top: 0, width: camera.width, height: camera.height };
  const asked = cropOf(options.crop) ?? whole;
  // One that was chosen for another camera is not inside of this one's pictures.
  const crop = isInside(asked, camera) ? asked : whole;
  useEffect(() => {
    if (asked !== crop) change({ crop: '' });
  });
  const choose = (next: Crop) => change({ crop: isWhole(next, camera) ? '' : cropText(next) });
  const look: Look = { width: options.size, height: options.size, colour: options.colour, crop };
  const number = (key: keyof Crop, label: string, most: number) => (
    <NumberField
      label={label}
      range={{ min: 0, max: most, whole: true }}
      step={1}
      value={crop[key]}
      onChange={(value) => choose(cropWith(crop, key, value, camera))}
      data-testid={`train-crop-${key}`}
    />
  );
  return (
    <>
      <div className="setup-pictures">
        <Rectangle camera={camera} picture={picture} crop={crop} onChoose={choose} />
        <figure>
          <SeenByNetwork picture={picture} camera={camera} look={look} />
          <figcaption>As the network gets it</figcaption>
        </figure>
      </div>
      <div className="form-grid">
        {number('left', 'Crop from left', camera.width)}
        {number('top', 'From the top', camera.height)}
        {number('width', 'Width', camera.width)}
        {number('height', 'Height', camera.height)}
      </div>
      {options.crop !== '' && (
        <Button variant="subtle" size="compact-xs" w="fit-content" onClick={() => change({ crop: '' })}>
          The whole picture
        </Button>
      )}
    </>
  );
}

/** The camera's picture; dragging over it chooses the part that is looked at. The numbers below do the same from a keyboard. */
function Rectangle({
  camera: { name, width, height },
  picture,
  crop,
  onChoose,
}: {
  camera: EpisodeCamera;
  picture: string;
  crop: Crop;
  onChoose(crop: Crop): void;
}) {
  const began = useRef<{ x: number; y: number } | null>(null);
  const at = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  };
  const part = (value: number, size: number) => `${(100 * value) / size}%`;
  return (
    <div
      className="setup-picture"
      style={{ aspectRatio: width / height }}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        began.current = at(event);
      }}
      onPointerMove={(event) => {
        if (began.current) onChoose(cropBetween(began.current, at(event), { width, height }));
      }}
      onPointerUp={() => {
        began.current = null;
      }}
      data-testid="crop-picture"
    >
      <img src={picture} alt={`What camera ${name} saw, ${width} × ${height} pixels`} draggable={false} />
      <div
        className="setup-part"
        style={{
          ...{ left: part(crop.left, width), top: part(crop.top, height) },
          ...{ width: part(crop.width, width), height: part(crop.height, height) },
        }}
      />
    </div>
  );
}
