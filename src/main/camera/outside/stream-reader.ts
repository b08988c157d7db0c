import { type ClientRequest, get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { Multipart, type Part } from './multipart';
import { MOST_PICTURE_BYTES, type OutsideCamera } from './outside-camera';

/** A server that says nothing for so long is asked again. */
const SILENT_MS = 3000;
/** From one attempt to the next. */
const AGAIN_MS = 1000;
/** Older than this a time in a picture's head is no time of a picture: the server's clock is another one. */
const OLDEST_MS = 5000;

/**
 * Reads a stream of pictures over HTTP for as long as it is open, and asks again whenever it ends or is silent. What is the
 * matter is said to the camera; nothing that a server sends ends anything.
 */
export class StreamReader {
  #request: ClientRequest | null = null;
  #again: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(
    private readonly camera: OutsideCamera,
    private readonly url: string,
  ) {
    this.#ask();
  }

  close(): void {
    this.#closed = true;
    if (this.#again) clearTimeout(this.#again);
    this.#request?.destroy();
  }

  #ask(): void {
    const get = this.url.startsWith('https:') ? getHttps : getHttp;
    const request = get(this.url, { timeout: SILENT_MS, agent: false });
    this.#request = request;
    request.on('response', (response) => this.#read(response));
    request.on('timeout', () => request.destroy(new Error(`it was silent for ${SILENT_MS / 1000} s`)));
    request.on('error', (error) => this.camera.fail(`${this.url} cannot be read (${error.message})`));
    request.on('close', () => this.#later());
  }

  #later(): void {
    if (this.#closed) return;
    this.#again = setTimeout(() => this.#ask(), AGAIN_MS);
    this.#again.unref();
  }

  #read(response: IncomingMessage): void {
    const boundary = boundaryOf(response);
    if (boundary === null) {
      const what = `${response.statusCode ?? ''} ${response.headers['content-type'] ?? 'without a content type'}`;
      response.destroy();
      this.camera.fail(
        `${this.url} answers ${what.trim()}, not with a stream of pictures (multipart/x-mixed-replace)`,
      );
      return;
    }
    const parts = new Multipart(boundary, MOST_PICTURE_BYTES);
    response.on('data', (bytes: Uint8Array) => {
      try {
        for (const part of parts.push(bytes)) this.#take(part);
      } catch (thrown) {
        response.destroy();
        this.camera.fail(`${this.url} sends ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    });
    response.on('end', () => this.camera.fail(`${this.url} ended`));
    // Said by the request as well.
    response.on('error', () => undefined);
  }

  #take({ head, data }: Part): void {
    try {
      this.camera.take(data, performance.now() - ageMs(head.get('x-timestamp')));
    } catch {
      // The camera has said it.
    }
  }
}

function boundaryOf({ statusCode, headers }: IncomingMessage): string | null {
  const type = headers['content-type'] ?? '';
  if (statusCode !== 200 || !/^multipart\/(x-mixed-replace|mixed)\b/i.test(type)) return null;
  const [, quoted, plain] = /boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))/i.exec(type) ?? [];
  return quoted ?? plain ?? null;
}

/** How old a picture is by the time in its head, seconds since 1970, where that is a time of this computer's clock. */
function ageMs(timestamp: string | undefined): number {
  const age = Date.now() - 1000 * Number(timestamp);
  return age >= 0 && age <= OLDEST_MS ? age : 0;
}
