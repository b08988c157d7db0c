import { DynamicDrawUsage, type InterleavedBufferAttribute } from 'three';
import { LineMaterial } from 'three/addons/lines/LineMaterial.js';
import { LineSegments2 } from 'three/addons/lines/LineSegments2.js';
import { LineSegmentsGeometry } from 'three/addons/lines/LineSegmentsGeometry.js';

/**
 * Line segments of a width in pixels (WebGL's own lines are one pixel wide), written anew as often as one likes without a
 * new buffer.
 */
export class FatLines {
  /** [segments × 2 × 3] */
  readonly positions: Float32Array;
  readonly colours: Float32Array;
  readonly object: LineSegments2;
  private readonly shape = new LineSegmentsGeometry();
  private readonly material: LineMaterial;

  constructor(
    readonly most: number,
    { width, opacity = 1 }: { width: number; opacity?: number },
  ) {
    this.shape.setPositions(new Float32Array(most * 6));
    this.shape.setColors(new Float32Array(most * 6));
    this.positions = this.numbersOf('instanceStart');
    this.colours = this.numbersOf('instanceColorStart');
    this.material = new LineMaterial({
      linewidth: width,
      vertexColors: true,
      transparent: opacity < 1,
      opacity,
      depthWrite: false,
    });
    this.object = new LineSegments2(this.shape, this.material);
    this.object.frustumCulled = false;
    this.shape.instanceCount = 0;
  }

  /** Draws the first `segments`, as they were written. */
  show(segments: number): void {
    this.shape.instanceCount = Math.min(segments, this.most);
    // An empty range would mean all of the buffer.
    if (segments === 0) return;
    for (const name of ['instanceStart', 'instanceColorStart']) {
      const { data } = this.shape.getAttribute(name) as InterleavedBufferAttribute;
      data.clearUpdateRanges();
      data.addUpdateRange(0, segments * 6);
      data.needsUpdate = true;
    }
  }

  dispose(): void {
    this.shape.dispose();
    this.material.dispose();
  }

  private numbersOf(name: string): Float32Array {
    const { data } = this.shape.getAttribute(name) as InterleavedBufferAttribute;
    data.setUsage(DynamicDrawUsage);
    return data.array as Float32Array;
  }
}
