import { DOMParser } from '@xmldom/xmldom';
import { readMjcf, type XmlElement } from '../../../src/renderer/scene/mjcf';
import type { MjcfModel } from '../../../src/renderer/scene/mjcf-types';

/** Reads MJCF text as the window does, with another XML parser, as there is no browser here. */
export function parse(text: string): MjcfModel {
  const document = new DOMParser().parseFromString(text, 'application/xml');
  return readMjcf(document.documentElement as unknown as XmlElement);
}
