import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** 192 random bits, new at every start. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** Takes as long for a token that is almost right as for one that is all wrong. */
export function sameToken(given: string | null, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== null && timingSafeEqual(digest(given), digest(wanted));
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Why a request is refused, as a sentence, or null. The Host must be this machine's own name, so that a foreign
 * name that resolves to 127.0.0.1 reaches nothing (DNS rebinding); its port is free, because a tunnel changes it.
 * Where a browser names the page it comes from (Origin), that page must be ours.
 */
export function refusal(headers: IncomingHttpHeaders): string | null {
  const host = headers.host;
  if (host === undefined || !LOOPBACK.has(hostName(host))) {
    return 'This address is served to the same machine only: use 127.0.0.1, or an SSH tunnel.';
  }
  if (headers.origin !== undefined && headers.origin !== `http://${host}`) {
    return 'Requests from other pages are refused.';
  }
  return null;
}

function hostName(host: string): string {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return '';
  }
}

/** Where a request goes, or null when its address is none (`//`). */
export function requestUrl(request: IncomingMessage): URL | null {
  try {
    return new URL(request.url ?? '/', 'http://127.0.0.1');
  } catch {
    return null;
  }
}
