import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { Camera } from '../../../shared/camera';
import { api, toShape } from '../../api';
import { base64 } from '../../store/base64';
import type { Captured } from './capture-worker';
import { canTake, type ExposureRange, type Taking, takePictures } from './taking';
import { type Chosen, changedLabels, choice, type Device, recognise } from './which-camera';

/** Pictures of a camera that are on their way to the core, at most: one more is left out, which the core counts. */
const MOST_UNDER_WAY = 2;
/** From an attempt that failed to the next. */
const AGAIN_MS = 3000;
/** Pictures that the window shows of those it sends, a second. */
const SHOWN_RATE = 8;

/** What a window knows of one camera of the rig. */
export interface UsbCamera {
  state: 'none' | 'ask' | 'missing' | 'opening' | 'taking' | 'failed';
  /** Why it failed, as it stands behind a colon. */
  trouble: string | null;
  /** The newest picture, as the network gets it. */
  picture: string | null;
  exposure: ExposureRange | null;
}

interface UsbState {
  /** Cameras of this computer, those with a name: before it is allowed to use them, a browser names none. */
  devices: Device[];
  isAllowed: boolean;
  /** By rig and camera. */
  chosen: Record<string, Chosen>;
  /** What a person set, by rig and camera, in units of 100 µs; null: the camera's own. */
  exposures: Record<string, number | null>;
  cameras: Record<string, UsbCamera>;
}

export const useUsb = create<UsbState>()(
  persist((): UsbState => ({ devices: [], isAllowed: false, chosen: {}, exposures: {}, cameras: {} }), {
    name: 'foresight.cameras',
    partialize: ({ chosen, exposures }) => ({ chosen, exposures }),
  }),
);

const keyOf = (rig: string, camera: string) => `${rig}/${camera}`;

/** Brings the pictures of the rig's USB cameras to the core, for as long as it is connected and this window is open. */
class Bringing {
  #rig: string | null = null;
  #cameras: Camera[] = [];
  readonly #taking = new Map<string, { device: Device; taking: Promise<Taking | null>; close(): void }>();
  /** Names of cameras of which none came or went since a person said which is which. */
  readonly #settled = new Set<string>();
  #again: number | undefined;
  #listening = false;

  /** The rig that is connected now, null for none. */
  follow(rig: string | null, cameras: readonly Camera[]): void {
    if (rig !== this.#rig) this.#closeAll();
    this.#rig = rig;
    this.#cameras = cameras.filter(({ source }) => source.kind === 'usb');
    if (this.#cameras.length === 0) {
      this.#closeAll();
      useUsb.setState({ cameras: {} });
      return;
    }
    this.#listen();
    void this.look();
  }

  /** Looks at what is plugged in, and begins or ends what that changes. */
  async look(): Promise<void> {
    if (this.#cameras.length === 0 || !canTake()) return;
    const all = await navigator.mediaDevices.enumerateDevices();
    const devices = all
      .filter(({ kind, label }) => kind === 'videoinput' && label !== '')
      .map(({ deviceId, label }) => ({ deviceId, label }));
    for (const label of changedLabels(useUsb.getState().devices, devices)) this.#settled.delete(label);
    useUsb.setState({ devices, isAllowed: devices.length > 0 });
    this.#begin();
  }

  /** Asks to be allowed to use cameras; the browser asks the person. */
  async allow(): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    for (const track of stream.getTracks()) track.stop();
    await this.look();
  }

  choose(camera: string, device: Device | null): void {
    if (this.#rig === null) return;
    const key = keyOf(this.#rig, camera);
    const { chosen, devices } = useUsb.getState();
    const { [key]: _, ...others } = chosen;
    useUsb.setState({ chosen: device ? { ...others, [key]: choice(device, devices) } : others });
    if (device) this.#settled.add(device.label);
    this.#close(camera);
    this.#begin();
  }

  async expose(camera: string, time: number | null): Promise<void> {
    if (this.#rig === null) return;
    useUsb.setState((s) => ({ exposures: { ...s.exposures, [keyOf(this.#rig ?? '', camera)]: time } }));
    const taking = await this.#taking.get(camera)?.taking;
    await taking?.expose(time);
  }

  #listen(): void {
    if (this.#listening || !('mediaDevices' in navigator)) return;
    this.#listening = true;
    navigator.mediaDevices.addEventListener('devicechange', () => void this.look());
  }

  #begin(): void {
    const { chosen, devices } = useUsb.getState();
    for (const camera of this.#cameras) {
      const choice = chosen[keyOf(this.#rig ?? '', camera.name)] ?? null;
      const found = recognise(choice, devices, choice !== null && this.#settled.has(choice.label));
      const open = this.#taking.get(camera.name);
      if (found.kind !== 'found') {
        this.#close(camera.name);
        this.#show(camera.name, { state: found.kind, trouble: null, picture: null, exposure: null });
      } else if (open?.device.deviceId !== found.device.deviceId) {
        this.#close(camera.name);
        this.#open(camera, found.device);
      }
    }
  }

  #open(camera: Camera, device: Device): void {
    const { name } = camera;
    this.#show(name, { state: 'opening', trouble: null, picture: null, exposure: null });
    let closed = false;
    const bring = bringer(name, (trouble) => fail(trouble));
    const fail = (trouble: string) => {
      if (closed) return;
      this.#close(name);
      this.#show(name, { state: 'failed', trouble, picture: null, exposure: null });
      this.#settled.delete(device.label);
      void api()
        .rig.missPicture({ camera: name, trouble: trouble.slice(0, 300) })
        .catch(() => undefined);
      this.#later();
    };
    const onPicture = (picture: Captured) => {
      bring(picture);
      const url = shownUrl(picture);
      if (url !== null) this.#show(name, { state: 'taking', picture: url });
    };
    const shownUrl = limited(SHOWN_RATE, ({ jpeg }: Captured) => `data:image/jpeg;base64,${base64(jpeg)}`);
    const taking = takePictures(camera, device, { onPicture, onEnd: fail }).then(
      async (open) => {
        if (closed) open.close();
        const exposure = useUsb.getState().exposures[keyOf(this.#rig ?? '', name)] ?? null;
        if (open.exposure && exposure !== null) await open.expose(exposure).catch(() => undefined);
        if (!closed) this.#show(name, { exposure: open.exposure });
        return open;
      },
      (thrown: unknown) => {
        fail(whyNot(thrown));
        return null;
      },
    );
    const close = () => {
      closed = true;
      void taking.then((open) => open?.close());
    };
    this.#taking.set(name, { device, taking, close });
  }

  #close(camera: string): void {
    this.#taking.get(camera)?.close();
    this.#taking.delete(camera);
  }

  #closeAll(): void {
    for (const camera of [...this.#taking.keys()]) this.#close(camera);
  }

  #later(): void {
    window.clearTimeout(this.#again);
    this.#again = window.setTimeout(() => void this.look(), AGAIN_MS);
  }

  #show(camera: string, change: Partial<UsbCamera>): void {
    const none: UsbCamera = { state: 'none', trouble: null, picture: null, exposure: null };
    useUsb.setState((s) => ({
      cameras: { ...s.cameras, [camera]: { ...(s.cameras[camera] ?? none), ...change } },
    }));
  }
}

export const usbCameras = new Bringing();

/** Sends a camera's pictures; what the core does not take says `fail`. */
function bringer(camera: string, fail: (trouble: string) => void): (picture: Captured) => void {
  let underWay = 0;
  return ({ jpeg, capturedAt }) => {
    if (underWay >= MOST_UNDER_WAY) return;
    underWay++;
    const ageMs = Math.max(0, performance.timeOrigin + performance.now() - capturedAt);
    Promise.resolve()
      .then(() => api().rig.bringPicture({ camera, file: base64(jpeg), ageMs: Math.min(ageMs, 60_000) }))
      .catch((thrown: unknown) => fail(toShape(thrown).message.replace(/\.$/, '')))
      .finally(() => {
        underWay--;
      });
  };
}

/** Calls at most so many times a second; null in between. */
function limited<A, B>(rate: number, call: (value: A) => B): (value: A) => B | null {
  let next = 0;
  return (value) => {
    const now = performance.now();
    if (now < next) return null;
    next = now + 1000 / rate;
    return call(value);
  };
}

function whyNot(thrown: unknown): string {
  const name = thrown instanceof DOMException ? thrown.name : '';
  if (name === 'NotAllowedError')
    return 'it may not be used: allow cameras for this page, or in the settings of the system';
  if (name === 'NotReadableError') return 'another program uses it';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'it is not there any more';
  return thrown instanceof Error ? thrown.message : String(thrown);
}
