import { Button, Checkbox, NativeSelect, SegmentedControl, Text } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { cropsOf, cropText } from '../../../shared/crop';
import { showsDepth } from '../../../shared/look';
import type { LatentOptions } from '../../../shared/model-options';
import { api } from '../../api';
import { useEpisodePage } from '../../store/episode-lists';
import { livePictureQuery, pictureAddress } from '../../store/live-picture';
import { useCurrentRig, useEpisodeCameras, useOpen, useRig } from '../../store/queries';
import { NumberField } from '../../ui/NumberField';
import { CLASSES, usableOf, useTrainForm } from '../train-form';
import { CropField, type SetUpCamera } from './CropField';
import { tellsDepth } from './tells-depth';

/** What of them is set here. */
type Seen = Partial<Pick<LatentOptions, 'camera' | 'crop' | 'size' | 'height' | 'colour'>>;

/** Options of a class that learns from pictures which are set on a picture, and not among the others. */
export const SET_ON_PICTURE: readonly string[] = ['camera', 'crop', 'size', 'colour'];

/**
 * What a model that learns from pictures is going to look at: cameras, part, size and colour, on what the cameras of the connected rig see
 * now, or on pictures that were recorded.
 */
export function CameraSetup({ rig, options }: { rig: string; options: LatentOptions }) {
  const newest = useEpisodePage({ ...usableOf(rig), descending: true, limit: 1 }).data?.episodes[0];
  const recorded = useEpisodeCameras(newest?.id ?? -1, `${newest?.steps}`).data ?? [];
  const live = useLiveCameras(rig);
  const [on, setOn] = useState<'live' | 'recorded'>('live');
  const [share, setShare] = useState(0.5);
  const isLive = live.length > 0 && (on === 'live' || recorded.length === 0);
  const cameras: readonly SetUpCamera[] = isLive ? live : recorded;
  const chosen = chosenOf(cameras, options.camera);
  const second = share * (newest?.steps ?? 0) * (newest?.periodSeconds ?? 0);
  const open = useOpen();
  const pictures = useQueries({
    queries: chosen.map((camera) =>
      isLive
        ? { ...livePictureQuery(rig, camera.name), enabled: open }
        : recordedQuery(newest?.id ?? -1, cameras.indexOf(camera), second, open && newest !== undefined),
    ),
  }).map(({ data }) => data ?? null);
  const change = (changed: Seen) =>
    useTrainForm.setState(({ options: all }) => ({
      options: { ...all, class: { ...options, ...changed } as LatentOptions },
    }));
  if (chosen.length === 0) {
    return (
      <Text size="xs" c="dimmed" data-testid="camera-setup-none">
        No episode of this rig was recorded with a camera, and none of a connected rig sees anything now.
      </Text>
    );
  }
  return (
    <section className="stack-sm" aria-label="What the network gets" data-testid="camera-setup">
      {live.length > 0 && recorded.length > 0 && (
        <SegmentedControl
          fullWidth
          value={isLive ? 'live' : 'recorded'}
          onChange={(value) => setOn(value as typeof on)}
          data={[
            { value: 'live', label: 'Seen now' },
            { value: 'recorded', label: 'Recorded' },
          ]}
          aria-label="Set up on the picture"
          data-testid="setup-on"
        />
      )}
      {cameras.length > 1 && (
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
          {...{ camera, options, isLive }}
          picture={pictures[i] ?? null}
          crop={cropsOf(options.crop)[i]}
          change={(crop) => change({ crop: cropsText(options, chosen.length, i, crop) })}
          isNamed={chosen.length > 1}
          testId={i === 0 ? 'train-crop' : `train-crop-${i + 1}`}
        />
      ))}
      <div className="form-grid">
        <NumberField
          label="Width for the network (pixels)"
          range={SIZE}
          step={8}
          value={options.size}
          onChange={(size) => change({ size })}
          data-testid="train-size"
        />
        <NumberField
          label="Height"
          range={SIZE}
          step={8}
          value={options.height || options.size}
          onChange={(height) => change({ height: height === options.size ? 0 : height })}
          data-testid="train-height"
        />
        <Colour
          options={options}
          flat={chosen.filter((_, i) => pictures[i] && !tellsDepth(pictures[i])).map(({ name }) => name)}
          change={(colour) => change({ colour })}
        />
      </div>
      {options.steady > 0 && (
        <Text size="xs" c="dimmed" data-testid="setup-steady">
          Shown as the camera sees it: what stands still, on which every picture is laid, is found in the
          recording when it learns.
        </Text>
      )}
      {!isLive && (
        <Button
          variant="subtle"
          size="compact-xs"
          w="fit-content"
          onClick={() => setShare((share + GOLDEN) % 1)}
          data-testid="camera-another"
        >
          Look at another moment
        </Button>
      )}
    </section>
  );
}

/** Those of the connected rig, where it is this one. */
function useLiveCameras(rig: string): readonly SetUpCamera[] {
  const { name, connected } = useCurrentRig();
  const file = useRig(connected && name === rig ? rig : null).data?.file;
  return connected && name === rig ? (file?.cameras ?? []) : [];
}

const recordedQuery = (episode: number, camera: number, second: number, enabled: boolean) => ({
  queryKey: ['setup-picture', episode, camera, second],
  queryFn: () => api().episodes.picture({ id: episode, camera, second }),
  enabled,
  // A moment that is looked at next does not make the one before it disappear.
  placeholderData: <Picture,>(before: Picture | undefined) => before,
});

/** Those that an option names, in its order; the first where it names none. */
function chosenOf(cameras: readonly SetUpCamera[], text: string): SetUpCamera[] {
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
  picture,
  isLive,
  isNamed,
  ...field
}: {
  picture: Parameters<typeof pictureAddress>[0] | null;
  isLive: boolean;
  isNamed: boolean;
} & Omit<Parameters<typeof CropField>[0], 'picture'>) {
  const { name } = field.camera;
  if (!picture) {
    return isLive ? (
      <Text size="xs" c="dimmed" data-testid={`sees-nothing-${name}`}>
        Nothing has come of camera {name} yet. The room Rig says what is the matter with it.
      </Text>
    ) : null;
  }
  const shown = <CropField {...field} picture={pictureAddress(picture)} />;
  if (!isNamed) return shown;
  return (
    <section className="stack-sm" aria-label={`Camera ${name}`}>
      <Text size="xs" fw={600}>
        {name}
      </Text>
      {shown}
    </section>
  );
}

/** Colours that are offered: depth only of cameras that tell it. @param flat names of those that do not */
function Colour({
  options: { colour },
  flat,
  change,
}: {
  options: LatentOptions;
  flat: readonly string[];
  change(colour: LatentOptions['colour']): void;
}) {
  const isFlat = flat.length > 0;
  useEffect(() => {
    // Chosen for another camera.
    if (isFlat && showsDepth({ colour })) change(WITHOUT_DEPTH[colour] ?? 'grey');
  });
  return (
    <>
      <NativeSelect
        label="Colour"
        data={COLOURS.map((one) => ({ ...one, disabled: isFlat && showsDepth({ colour: one.value }) }))}
        value={colour}
        onChange={(event) => change(event.currentTarget.value as LatentOptions['colour'])}
        data-testid="train-colour"
      />
      {isFlat && (
        <Text size="xs" c="dimmed" className="form-wide" data-testid="train-no-depth">
          No depth: {flat.join(' and ')} {flat.length > 1 ? 'tell' : 'tells'} none. A simulated camera does
          with "depth": true in the rig.json.
        </Text>
      )}
    </>
  );
}

const COLOURS: { value: LatentOptions['colour']; label: string }[] = [
  { value: 'grey', label: 'Grey' },
  { value: 'rgb', label: 'RGB' },
  { value: 'opponent', label: 'Opponent colours' },
  { value: 'greyd', label: 'Grey and depth' },
  { value: 'rgbd', label: 'RGB and depth' },
  { value: 'opponentd', label: 'Opponent colours and depth' },
];
const WITHOUT_DEPTH: Partial<Record<LatentOptions['colour'], LatentOptions['colour']>> = {
  rgbd: 'rgb',
  opponentd: 'opponent',
};
const SIZE =
  CLASSES.find(({ name }) => name === 'latent-frame')?.fields.find(({ key }) => key === 'size') ?? {};
/** Moments that follow each other by it are spread over an episode, however many are looked at. */
const GOLDEN = 0.618;
