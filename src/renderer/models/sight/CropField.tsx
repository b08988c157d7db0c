import { Button } from '@mantine/core';
import { type PointerEvent, useEffect, useRef } from 'react';
import { type Crop, cropText, isInside } from '../../../shared/crop';
import type { EpisodeCamera } from '../../../shared/episode-camera';
import { type Look, showsDepth } from '../../../shared/look';
import type { LatentOptions } from '../../../shared/model-options';
import { NumberField } from '../../ui/NumberField';
import { cropBetween, cropWith, isWhole } from './crop-view';
import { SeenByNetwork } from './SeenByNetwork';

/** A camera that is set up: how large its pictures are. */
export type SetUpCamera = Pick<EpisodeCamera, 'name' | 'width' | 'height'>;

/** The part of a camera's pictures that is looked at, chosen on one of them, with what the network gets of it beside. */
export function CropField({
  camera,
  picture,
  options,
  crop: own,
  change,
  testId,
}: {
  camera: SetUpCamera;
  /** Address of an image of the camera's size. */
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
  const colour = options.colour.startsWith('grey') ? 'grey' : 'rgb';
  const look: Look = { width: options.size, height: options.height || options.size, colour, crop };
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
          <figcaption>
            {showsDepth(options) ? 'As the network gets it, without its depth' : 'As the network gets it'}
          </figcaption>
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
  camera: SetUpCamera;
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
