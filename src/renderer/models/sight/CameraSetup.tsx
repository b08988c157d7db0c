import { Button, Checkbox, NativeSelect, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { type Crop, cropsOf, cropText, isInside } from '../../../shared/crop';
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

/** What a model that learns from pictures is going to look at: cameras, part, size and colour, on pictures that were recorded. */
export function CameraSetup({ rig, options }: { rig: string; options: LatentOptions }) {
  const newest = useEpisodePage({ ...usableOf(rig), descending: true, limit: 1 }).data?.episodes[0];
  const cameras = useEpisodeCameras(newest?.id ?? -1, `${newest?.steps}`).data ?? [];
  const chosen = chosenOf(cameras, options.camera);
  const [share, setShare] = useState(0.5);
  const second = share * (newest?.steps ?? 0) * (newest?.periodSeconds ?? 0);
  if (!newest || chosen.length === 0) {
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
      {cameras.length > 1 && options.name === 'latent-recurrent' && (
        <NativeSelect
          label="Camera"
          data={cameras.map(({ name }) => name)}
          value={chosen[0]?.name ?? ''}
          onChange={(event) => change({ camera: event.currentTarget.value, crop: '' })}
          data-testid="train-camera"
        />
      )}
      {cameras.length > 1 && options.name !== 'latent-recurrent' && (
        <Checkbox.Group
          label="Cameras that are looked through together"
          value={chosen.map(({ name }) => name)}
          onChange={(names) => names.length > 0 && change({ camera: names.join(','), crop: '' })}
          data-testid="train-cameras"
        >
          <div className="form-grid">
            {cameras.map(({ name }) => (
              <Checkbox key={name} size="xs" value={name} label={name} data-testid={`train-camera-${name}`} />
            ))}
          </div>
        </Checkbox.Group>
      )}
      {chosen.map((camera, i) => (
        <CameraPart
          key={camera.name}
          {...{ camera, options, second, episode: newest.id, place: cameras.indexOf(camera) }}
          crop={cropsOf(options.crop)[i]}
          change={(crop) => change({ crop: cropsText(options, chosen.length, i, crop) })}
          isNamed={chosen.length > 1}
          testId={i === 0 ? 'train-crop' : `train-crop-${i + 1}`}
        />
      ))}
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
          data={COLOUR_WORDS}
          value={options.colour}
          onChange={(event) => change({ colour: event.currentTarget.value as LatentOptions['colour'] })}
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

/** Those that an option names, in its order; the first where it names none. */
function chosenOf(cameras: readonly EpisodeCamera[], text: string): EpisodeCamera[] {
  if (text.trim() === 'all') return [...cameras];
  const names = text.split(',').map((name) => name.trim());
  const found = names.flatMap((name) => cameras.find((camera) => camera.name === name) ?? []);
  return found.length > 0 ? found : cameras.slice(0, 1);
}

/** Crops of so many cameras, after that of one of them has changed; nothing where none has one. */
function cropsText({ crop }: LatentOptions, cameras: number, changed: number, next: string): string {
  const before = cropsOf(crop);
  const texts = Array.from({ length: cameras }, (_, place) => {
    const own = before[place];
    return place === changed ? next : own ? cropText(own) : '';
  });
  return texts.every((text) => text === '') ? '' : texts.join(';');
}

/** One of the cameras, with what the network gets of it. */
function CameraPart({
  episode,
  place,
  second,
  isNamed,
  ...field
}: { episode: number; place: number; second: number; isNamed: boolean } & Omit<
  Parameters<typeof CropField>[0],
  'picture'
>) {
  const picture = usePicture(episode, place, second);
  if (!picture) return null;
  if (!isNamed) return <CropField {...field} picture={picture} />;
  const { name } = field.camera;
  return (
    <section className="stack-sm" aria-label={`Camera ${name}`}>
      <Text size="xs" fw={600}>
        {name}
      </Text>
      <CropField {...field} picture={picture} />
    </section>
  );
}

const COLOUR_WORDS = [
  { value: 'grey', label: 'Grey' },
  { value: 'rgb', label: 'RGB' },
  { value: 'greyd', label: 'Grey and depth' },
  { value: 'rgbd', label: 'RGB and depth' },
];
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
  crop: own,
  change,
  testId,
}: {
  camera: EpisodeCamera;
  picture: string;
  options: LatentOptions;
  crop: Crop | undefined;
  change(crop: string): void;
  testId: string;
}) {
  const whole = { left: 0, top: 0, width: camera.width, height: camera.height };
  const asked = own ?? whole;
  // One that was chosen for another camera is not inside of this one's pictures.
  const crop = isInside(asked, camera) ? asked : whole;
  useEffect(() => {
    if (asked !== crop) change('');
  });
  const choose = (next: Crop) => change(isWhole(next, camera) ? '' : cropText(next));
  // The window has no depth of a picture: its colours are shown.
  const colour = options.colour.startsWith('rgb') ? 'rgb' : 'grey';
  const look: Look = { width: options.size, height: options.size, colour, crop };
  const number = (key: keyof Crop, label: string, most: number) => (
    <NumberField
      label={label}
      range={{ min: 0, max: most, whole: true }}
      step={1}
      value={crop[key]}
      onChange={(value) => choose(cropWith(crop, key, value, camera))}
      data-testid={`${testId}-${key}`}
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
      {own && (
        <Button variant="subtle" size="compact-xs" w="fit-content" onClick={() => change('')}>
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
