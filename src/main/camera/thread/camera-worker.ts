import { parentPort } from 'node:worker_threads';
import { workInTurn } from '../../processes/work-in-turn';
import { encodePng } from '../png';
import { SimulatedCameras } from '../simulated/cameras';
import type { FromCameraWorker, ToCameraWorker } from './camera-thread';

/** The thread that computes pictures, so that whoever drives a rig never waits for one. */
function start(port: NonNullable<typeof parentPort>): void {
  let cameras: SimulatedCameras | undefined;
  const post = (message: FromCameraWorker) => port.postMessage(message);

  const handle = async (message: ToCameraWorker): Promise<void> => {
    switch (message.type) {
      case 'open':
        cameras = await SimulatedCameras.open(message.rig);
        post({ type: 'done', id: message.id, png: new Uint8Array(0) });
        return;
      case 'picture': {
        if (!cameras) throw new Error('asked for a picture before a rig was opened');
        const { camera, pose, seed, conditions } = message;
        const { rgb, width, height, depth } = cameras.picture(camera, pose, seed, conditions);
        post({ type: 'done', id: message.id, png: encodePng(rgb, width, height, depth) });
        return;
      }
      case 'close':
        cameras?.dispose();
        port.close();
    }
  };

  workInTurn<ToCameraWorker>(port, { open: true, picture: true, close: true }, handle, (message, error) =>
    post({ type: 'failed', id: message.type === 'close' ? 0 : message.id, error }),
  );
}

if (parentPort === null) throw new Error('camera-worker runs as a worker thread');
start(parentPort);
