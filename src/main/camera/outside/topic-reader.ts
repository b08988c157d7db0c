import type { TopicSource } from '../../../shared/camera';
import { RosbridgeConnection } from '../../rig/drivers/rosbridge/connection';
import type { OutsideCamera } from './outside-camera';
import { rosPicture } from './ros-picture';

/**
 * Reads the pictures of a topic of ROS over a rosbridge server for as long as it is open, and asks again whenever the connection
 * ends. What is the matter is said to the camera; nothing that a server sends ends anything.
 */
export class TopicReader {
  readonly #connection: RosbridgeConnection;

  constructor(
    private readonly camera: OutsideCamera,
    { topic, type }: TopicSource,
    /** Of the server. */
    url: string,
  ) {
    // Half of a picture's time: what comes sooner is passed over by the camera, and costs the network.
    const throttleMs = Math.floor(500 / camera.camera.rate);
    this.#connection = new RosbridgeConnection(url, {
      subscribe: [{ topic, type, throttleMs }],
      advertise: [],
    });
    this.#connection.onMessage(({ topic: from, message }) => {
      if (from === topic) this.#take(message);
    });
    this.#connection.onRefusal((sentence) => camera.fail(sentence.replace(/\.$/, '')));
    this.#connection.onLoss((why) => camera.fail(`the connection to ${url} is lost (${why})`));
    this.#connection.start((why) => camera.fail(`no rosbridge server answers at ${url} (${why})`));
  }

  close(): void {
    void this.#connection.close();
  }

  #take(message: Readonly<Record<string, unknown>>): void {
    const picture = rosPicture(message);
    if (typeof picture === 'string') {
      this.camera.fail(picture);
      return;
    }
    try {
      this.camera.take(picture, performance.now());
    } catch {
      // The camera has said it.
    }
  }
}
