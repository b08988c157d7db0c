import { useEffect, useRef } from 'react';
import { channelsOf, type Look, lookBytes, looker } from '../../../shared/look';

/** A picture as the network will get it, pixel by pixel, by the arithmetic that a training uses. */
export function SeenByNetwork({
  picture,
  camera,
  look,
}: {
  /** Address of an image of the camera's size. */
  picture: string;
  camera: { width: number; height: number };
  look: Look;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const key = JSON.stringify(look);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that there is in a look
  useEffect(() => {
    let here = true;
    const image = new Image();
    image.onload = () => {
      if (here && canvas.current) draw(canvas.current, image, camera, look);
    };
    image.src = picture;
    return () => {
      here = false;
    };
  }, [picture, camera.width, camera.height, key]);
  return (
    <canvas
      ref={canvas}
      width={look.width}
      height={look.height}
      className="setup-seen"
      role="img"
      aria-label={`What the network gets of it, ${look.width} × ${look.height} pixels`}
      data-testid="crop-seen"
    />
  );
}

function draw(
  canvas: HTMLCanvasElement,
  image: HTMLImageElement,
  { width, height }: { width: number; height: number },
  look: Look,
): void {
  const whole = new OffscreenCanvas(width, height).getContext('2d');
  const context = canvas.getContext('2d');
  if (!whole || !context || !Number.isInteger(look.width) || look.width < 1) return;
  whole.drawImage(image, 0, 0, width, height);
  const { data } = whole.getImageData(0, 0, width, height);
  const seen = new Uint8Array(lookBytes(look));
  looker(look, { width, height })({ data, width, height, channels: 4 }, seen);
  const channels = channelsOf(look);
  const shown = context.createImageData(look.width, look.height);
  for (let pixel = 0; pixel < look.width * look.height; pixel++) {
    for (let part = 0; part < 3; part++) {
      shown.data[4 * pixel + part] = seen[pixel * channels + (channels === 3 ? part : 0)] ?? 0;
    }
    shown.data[4 * pixel + 3] = 255;
  }
  context.putImageData(shown, 0, 0);
}
