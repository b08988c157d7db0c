import { describe, expect, it } from 'vitest';
import { Gantry } from '../../../../src/main/rig/drivers/gcode/gantry';
import { loadRig } from '../../../../src/main/rig/index';

describe('where the axes of a gantry are', () => {
  it('counts from the start, whatever late reports that look like jumps do to the goals', async () => {
    const { file } = await loadRig('gantry-grbl');
    const gantry = new Gantry(file, file.gcode!);
    const { x, y } = file.gcode!.axes;
    const see = (share: number, seconds: number) =>
      gantry.see([share * x!.start! - x!.offset, share * y!.start! - y!.offset], seconds);
    see(0, 0);
    expect(gantry.toStart(0.1)?.places).toEqual({
      x: x!.start! - x!.offset,
      y: y!.start! - y!.offset,
    });
    expect(see(0.1, 1)).toBe(true);
    // A reader that had to wait finds two reports at once: the second one seems to come from elsewhere.
    expect(see(0.4, 1.0001)).toBe(false);
    expect(see(0.401, 1.0002)).toBe(true);
    expect(gantry.fromStart).toBeCloseTo(0.599 * x!.start!, 6);
    see(0.7, 2);
    see(1, 3);
    expect(gantry.fromStart).toBeCloseTo(0, 9);
  });
});
