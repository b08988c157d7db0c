/// <reference lib="webworker" />
import { Pace } from './pace';

/** What the page asks for. */
export interface CaptureOrder {
  frames: ReadableStream<VideoFrame>;
  width: number;
  height: number;
  /** Pictures a second. */
  rate: number;
}

/** A picture as the network gets it. */
export interface Captured {
  jpeg: Uint8Array<ArrayBuffer>;
  /** On the clock of this computer, ms since 1970. */
  capturedAt: number;
}

/** Of JPEG: above it files grow and nothing is seen. */
const QUALITY = 0.9;

/** Scales and encodes a camera's pictures beside the page, which has to draw. */
self.onmessage = ({ data }: MessageEvent<CaptureOrder>) => {
  void capture(data).catch((thrown: unknown) => {
    self.postMessage({ trouble: thrown instanceof Error ? thrown.message : String(thrown) });
  });
};

async function capture({ frames, width, height, rate }: CaptureOrder): Promise<void> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('this computer gives no canvas to draw pictures on');
  context.imageSmoothingQuality = 'high';
  const pace = new Pace(rate);
  const reader = frames.getReader();
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) return;
    const capturedAt = pace.captured(frame.timestamp / 1000, performance.timeOrigin + performance.now());
    if (!pace.isDue(frame.timestamp / 1000)) {
      frame.close();
      continue;
    }
    // Around the middle, as large as the form of the picture lets it.
    const { displayWidth: w, displayHeight: h } = frame;
    const share = Math.min(w / width, h / height);
    const [partWidth, partHeight] = [share * width, share * height];
    const from = [(w - partWidth) / 2, (h - partHeight) / 2] as const;
    context.drawImage(frame, ...from, partWidth, partHeight, 0, 0, width, height);
    frame.close();
    const file = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
    const jpeg = new Uint8Array(await file.arrayBuffer());
    self.postMessage({ jpeg, capturedAt } satisfies Captured, { transfer: [jpeg.buffer] });
  }
}
