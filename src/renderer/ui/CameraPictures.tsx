import { Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { EpisodeCamera, SeenPicture } from '../../shared/episode-camera';
import { api, toShape } from '../api';
import { newestOnly } from '../store/newest';
import { useEpisodeCameras } from '../store/queries';
import { formatCount } from './format';
import { pictureWords } from './picture-words';

interface Moment {
  episode: number;
  /** Second that is looked at; null for the newest picture there is. */
  second: number | null;
  periodSeconds: number;
  /** Something that changes when there may be another picture at the same moment. */
  stamp: string | number;
}

/** What the cameras of an episode showed at a moment; nothing for an episode without cameras. */
export function CameraPictures({ moment, stamp }: { moment: Moment; stamp: string }) {
  const { data } = useEpisodeCameras(moment.episode, stamp);
  if (!data || data.length === 0) return null;
  return (
    <div className="cameras" data-testid="cameras">
      {data.map((camera, place) => (
        <CameraPicture key={camera.name} camera={camera} place={place} moment={moment} />
      ))}
    </div>
  );
}

function CameraPicture({ camera, place, moment }: { camera: EpisodeCamera; place: number; moment: Moment }) {
  const { picture, problem } = usePicture(place, moment);
  const words = problem ?? pictureWords(picture, camera.rate, moment.second, moment.periodSeconds);
  return (
    <figure className="camera">
      {picture ? (
        <img
          src={`data:image/${picture.kind};base64,${picture.file}`}
          width={camera.width}
          height={camera.height}
          alt={`What camera ${camera.name} saw, number ${picture.sequence}`}
          data-sequence={picture.sequence}
          data-testid={`picture-${camera.name}`}
        />
      ) : (
        <div className="camera-dark" style={{ aspectRatio: camera.width / camera.height }} />
      )}
      <figcaption>
        <Text size="xs" className="tabular">
          {camera.name}
          {camera.dropped > 0 && (
            <span className="camera-warn"> · {formatCount(camera.dropped, 'picture')} dropped</span>
          )}
        </Text>
        {words !== '' && (
          <Text size="xs" className="camera-warn tabular" data-testid={`picture-words-${camera.name}`}>
            {words}
          </Text>
        )}
      </figcaption>
    </figure>
  );
}

/** The picture of a moment; until it is here the one before it. */
function usePicture(camera: number, { episode, second, stamp }: Moment) {
  const [shown, setShown] = useState<{ picture: SeenPicture | null; problem: string | null }>({
    ...{ picture: null, problem: null },
  });
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const [want] = useState(() =>
    newestOnly(async (wanted: { episode: number; camera: number; second: number }) => {
      if (!here.current) return;
      try {
        const picture = await api().episodes.picture({ ...wanted, id: wanted.episode });
        if (here.current) setShown({ picture, problem: null });
      } catch (thrown) {
        if (here.current) setShown({ picture: null, problem: toShape(thrown).message });
      }
    }),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamp says that there may be another one
  useEffect(() => {
    want({ episode, camera, second: second ?? Number.MAX_SAFE_INTEGER });
  }, [want, episode, camera, second, stamp]);
  return shown;
}
