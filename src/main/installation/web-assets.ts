import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/** The built window: `out/renderer`, beside `out/main` when built, three levels above this file from source. */
export function rendererFolder(): string {
  const here = import.meta.url;
  const path = here.endsWith('.ts')
    ? '../../../out/renderer'
    : here.includes('/chunks/')
      ? '../../renderer'
      : '../renderer';
  return fileURLToPath(new URL(path, here));
}

/** No file, a folder where a file should be or the reverse, a name or a chain of links that is too long. */
const NOT_THERE = new Set<string | undefined>(['ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP']);

export interface Asset {
  /** Shared with whoever else asks for the file; not to be changed. */
  body: Buffer;
  type: string;
}

/**
 * What was read, by where it lies, and the size and time that it had then: however many ask at once, and however slowly
 * they take it, a file of the window is in memory once.
 */
const contents = new Map<string, { stamp: string; body: Promise<Buffer> }>();

/**
 * One file of the built window by the path of a URL; null for whatever is not a known kind of file inside
 * `folder`, links followed. `/` is index.html.
 */
export async function readAsset(folder: string, urlPath: string): Promise<Asset | null> {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return null; // not a path: a stray % sign
  }
  if (path.includes('\0') || path.includes('\\')) return null;
  const named = normalize(join(folder, path === '/' ? 'index.html' : path));
  const type = TYPES[extname(named)];
  if (!named.startsWith(folder + sep) || type === undefined) return null;
  try {
    // Where a link leads is what counts, and a pipe or a device would never come to its end.
    const [real, inside] = await Promise.all([realpath(named), realpath(folder)]);
    if (!real.startsWith(inside + sep)) return null;
    const info = await stat(real);
    if (!info.isFile()) return null;
    return { body: await content(real, `${info.size} ${info.mtimeMs}`), type };
  } catch (thrown) {
    if (NOT_THERE.has((thrown as NodeJS.ErrnoException).code)) return null;
    throw thrown;
  }
}

function content(path: string, stamp: string): Promise<Buffer> {
  const known = contents.get(path);
  if (known?.stamp === stamp) return known.body;
  const read = { stamp, body: readFile(path) };
  contents.set(path, read);
  read.body.catch(() => {
    // Only if no other reading has taken its place already.
    if (contents.get(path) === read) contents.delete(path);
  });
  return read.body;
}

/**
 * Headers of every answer. Styles may be inline because the component library writes its theme as a style element;
 * scripts may not. `connect` is what the page may talk to besides its own origin.
 */
export function securityHeaders(connect: readonly string[] = []): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data: blob:",
      "font-src 'self' data:",
      "worker-src 'self' blob:",
      `connect-src ${["'self'", ...connect].join(' ')}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}
