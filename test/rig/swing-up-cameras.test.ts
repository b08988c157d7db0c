import { describe, expect, it, onTestFinished } from 'vitest';
import { SimulatedCameras } from '../../src/main/camera/simulated/cameras';
import { loadRig } from '../../src/main/rig';

const SIDE = 64;
const MIDDLE = SIDE / 2;

/** What a rig's camera shows of the cart at a place, m, with the pole at an angle, 0 hangs. */
async function cameraOf(name: string) {
  const cameras = await SimulatedCameras.open(await loadRig(name));
  onTestFinished(() => cameras.dispose());
  return (cart: number, pole: number) => Uint8Array.from(cameras.picture(0, [cart, pole], 0).rgb);
}

const differs = (one: Uint8Array, other: Uint8Array, pixel: number): boolean =>
  [0, 1, 2].some((part) => Math.abs(one[3 * pixel + part]! - other[3 * pixel + part]!) > 8);

/** Rows above the cart in which a pole that stands is seen, in the middle two columns. */
async function poleRows(name: string): Promise<number> {
  const show = await cameraOf(name);
  const [upright, hanging] = [show(0, Math.PI), show(0, 0)];
  const rows = Array.from({ length: MIDDLE }, (_, row) => row * SIDE + MIDDLE);
  return rows.filter((pixel) => differs(upright, hanging, pixel) || differs(upright, hanging, pixel - 1))
    .length;
}

describe('the cameras before the swing-up', () => {
  it('show the pole twice as long from near as where all of the rail is in the picture', async () => {
    const [far, near] = [
      await poleRows('cartpole-swingup-camera'),
      await poleRows('cartpole-swingup-camera-near'),
    ];
    expect(far).toBeGreaterThanOrEqual(6);
    expect(near).toBeGreaterThanOrEqual(2 * far);
  });

  it('have the middle of the rail in the picture from near, and no cart that is beyond it', async () => {
    const seen = async (name: string, cart: number) => {
      const show = await cameraOf(name);
      const [there, elsewhere] = [show(cart, 0), show(-cart, 0)];
      // Of the half to the right, where the second has nothing but the rail.
      return Array.from({ length: SIDE ** 2 }, (_, pixel) => pixel).some(
        (pixel) => pixel % SIDE >= MIDDLE && differs(there, elsewhere, pixel),
      );
    };
    expect(await seen('cartpole-swingup-camera-near', 1.4)).toBe(true);
    expect(await seen('cartpole-swingup-camera-near', 2)).toBe(false);
    expect(await seen('cartpole-swingup-camera', 2.5)).toBe(true);
  });
});
